import { Command } from 'commander'
import type { LoadedConfig } from '../config/file.ts'
import { packageVersion } from '../config/package-version.ts'
import { flagName } from '../config/settings.ts'
import { createKinds } from '../model/kinds.ts'
import { commands } from './commands.ts'
import { addKindFlags, refuseSharedFlags } from './kind-flags.ts'
import { addSettings } from './setting-flags.ts'
import { shownLines } from './terminal.ts'

/** The whole command line. Commander's own errors are thrown, not exited upon. */
export function createProgram({ configFile }: { configFile?: LoadedConfig | undefined } = {}): Command {
  const kinds = createKinds(configFile?.config.kinds)
  const settings = commands.filter(command => command.kinds).flatMap(command => command.settings)
  refuseSharedFlags(kinds, settings.map(flagName))
  const program = new Command('hearth')
    .description(
      "Keeps a game's living worlds warm: a Redis cache in front of Neo4j, filled by durable jobs.",
    )
    .version(packageVersion())
    .exitOverride()
    .configureOutput({ writeErr: text => void process.stderr.write(shownLines(text)) })
    .showHelpAfterError(
      '(--help shows what there is. A flag takes all ids that follow it: the world stands before it, or after -- as in -- -w1. An id like --x is written as in --retry=--x)',
    )
    .addHelpText('after', examples)
    .hook('preAction', (_, command) => void command.setOptionValue('configFile', configFile))

  for (const { usage, about, options = [], kinds: hasEntries, settings, run } of commands) {
    const command = program.command(usage).description(about)
    for (const option of options) command.addOption(option)
    if (hasEntries) addKindFlags(command, kinds)
    addSettings(command, settings).action(run)
  }
  return program
}

const examples = `
Examples:
  hearth dev                                     try it, without any server
  hearth schema                                  once for each Neo4j
  hearth import ./my-world --world w1
  hearth worker                                  as many as wanted
  hearth scheduler                               two, so that one stands by
  hearth dashboard                               the overview at http://127.0.0.1:3400
  hearth activate w1 --wait
  hearth inspect w1
  hearth pending w1 --retry e1
  hearth invalidate w1 --timeline c1 --entity character:c1
  hearth audit w1 --all --report
  hearth popular w1 --top 10
  hearth refresh w1 --entity c1
  hearth read w1 --timeline c1
  hearth read w1 --entity location:l1 --json

Every setting can come from the environment: HEARTH_REDIS_URL, HEARTH_NEO4J_URI, HEARTH_NEO4J_PASSWORD, …`
