import { Command, InvalidArgumentError, Option } from 'commander'
import type { LoadedConfig } from '../config/file.ts'
import { flagName } from '../config/settings.ts'
import { createKinds } from '../model/kinds.ts'
import { addKindFlags, refuseSharedFlags } from './kind-flags.ts'
import { addSettings, type FlagSetting } from './setting-flags.ts'
import { shownLines } from './shown.ts'
import { packageVersion } from './version.ts'

const redis: FlagSetting[] = ['redisUrl']
const queues: FlagSetting[] = ['redisUrl', 'queueRedisUrl', 'queuePrefix']
const neo4j: FlagSetting[] = ['neo4jUri', 'neo4jUser', 'neo4jDatabase']
const serving: FlagSetting[] = ['port', 'shutdownMs', 'logLevel']
const work: FlagSetting[] = ['warmChunk', 'warmMaxEntities', 'warmConcurrency', ...serving]

/**
 * The whole command line. Each command's code is loaded when it runs, so that `--help` answers at once. Commander's
 * own errors are thrown, not exited upon.
 */
export function createProgram({ configFile }: { configFile?: LoadedConfig | undefined } = {}): Command {
  const kinds = createKinds(configFile?.config.kinds)
  refuseSharedFlags(kinds, [...queues, ...neo4j].map(flagName))
  const program = new Command('hearth')
    .description(
      "Keeps a game's living worlds warm: a Redis cache in front of Neo4j, filled by durable jobs.",
    )
    .version(packageVersion())
    .exitOverride()
    .configureOutput({ writeErr: text => void process.stderr.write(shownLines(text)) })
    .showHelpAfterError(
      '(--help tells what there is. A world whose id begins with a dash stands after --, and an id as in --retry=--x)',
    )
    .addHelpText('after', examples)
    .hook('preAction', (_, command) => void command.setOptionValue('configFile', configFile))

  const dev = program
    .command('dev')
    .description('try it: a Redis, a made-up world, workers that warm it and the pages, all in one process')
    .option('--entities <n>', 'how large the made-up world is', wholeNumber(1, 100_000), 1_000)
  addSettings(dev, work).action(async flags => (await import('./dev.ts')).dev(flags))

  const worker = program.command('worker').description('work on the jobs of the queues, and serve the pages')
  addSettings(worker, [...queues, ...neo4j, ...work]).action(async flags =>
    (await import('./serve.ts')).serve(flags, {
      ...{ name: 'worker', parts: ['workers'], readyTo: 'waiting for jobs' },
    }),
  )

  const scheduler = program
    .command('scheduler')
    .description('relay the changes that were recorded in Neo4j, and run the rounds; of several, one acts')
  addSettings(scheduler, [...queues, ...neo4j, ...serving]).action(async flags =>
    (await import('./serve.ts')).serve(flags, {
      ...{ name: 'scheduler', parts: ['relay', 'schedules'] },
      readyTo: 'one scheduler acts, the others stand by',
    }),
  )

  const dashboard = program
    .command('dashboard')
    .description('serve the overview, Bull Board and the HTTP API')
  addSettings(dashboard, [...queues, ...neo4j, 'host', ...serving]).action(async flags =>
    (await import('./serve.ts')).serve(flags, {
      ...{ name: 'dashboard', parts: [], readyTo: 'all servers answer' },
    }),
  )
  const schedule = program
    .command('schedule')
    .description('show the rounds of the schedulers: when they ran, and when they will')
    .option('--json', 'for programs')
  addSettings(schedule, queues).action(async flags => (await import('./schedule.ts')).schedule(flags))

  const schema = program
    .command('schema')
    .description('make the constraints and indexes in Neo4j')
    .option('--adopt <world>', "turn this world of the game's own into an indexed one")
  addSettings(schema, neo4j).action(async flags => (await import('./schema.ts')).schema(flags))

  const importing = program
    .command('import <folder>')
    .description('write a folder of entities.ndjson and events.ndjson into Neo4j')
    .requiredOption('--world <id>', 'the world to write it into')
    .addOption(
      new Option('--graph <graph>', "with what the indexes need, or as the game's own writes are")
        .choices(['indexed', 'plain'])
        .default('indexed'),
    )
  addSettings(importing, neo4j).action(async (folder, flags) =>
    (await import('./import.ts')).importWorld(folder, flags),
  )

  const activate = program
    .command('activate <world>')
    .description('have a world warmed by the workers')
    .option('--wait', 'until it is warm; fails if it could not be warmed')
    .option('--force', 'load anew what is warm already')
  addSettings(activate, queues).action(async (world, flags) =>
    (await import('./activate.ts')).activate(world, flags),
  )

  const invalidate = program
    .command('invalidate <world>')
    .description('make single values stale, or all that is cached of a world')
  addKindFlags(invalidate, kinds, { many: true }).option('--all', 'everything')
  addSettings(invalidate, [...queues, ...neo4j]).action(async (world, flags) =>
    (await import('./invalidate.ts')).invalidate(world, flags),
  )

  const inspect = program
    .command('inspect <world>')
    .description('show what of a world is warm')
    .option('--json', 'for programs')
  addSettings(inspect, redis).action(async (world, flags) =>
    (await import('./inspect.ts')).inspect(world, flags),
  )

  const audit = program
    .command('audit <world>')
    .description('compare what is cached with Neo4j, as readers get it; fails if anything is wrong')
    .option('--all', 'all that is cached, not a sample of what is read most')
    .addOption(new Option('--repair', 'invalidate what is wrong (HEARTH_AUDIT_REPAIR)').conflicts('report'))
    .option('--report', 'only tell of it')
    .option('--json', 'for programs')
  addSettings(audit, queues).action(async (world, flags) => (await import('./audit.ts')).audit(world, flags))

  const popular = program
    .command('popular <world>')
    .description('show whose timelines are read most, and whether they are warm')
    .option('--top <n>', 'of how many', wholeNumber(1, 100_000), 20)
    .option('--json', 'for programs')
  addSettings(popular, redis).action(async (world, flags) =>
    (await import('./popular.ts')).popular(world, flags),
  )

  const refresh = program
    .command('refresh <world>')
    .description(
      'load timelines anew beside their readers: those that are read most, or those that are named',
    )
    .option('--entity <id...>', 'of these entities; <type:id> renews the state, too')
    .option('--wait', 'until they are renewed; fails if they could not be')
  addSettings(refresh, queues).action(async (world, flags) =>
    (await import('./refresh.ts')).refresh(world, flags),
  )

  const pending = program
    .command('pending <world>')
    .description('show the accepted events that are not yet in Neo4j, and those that were set aside')
    .option('--retry [eventId...]', 'make what was set aside pending again: all of it, or these events')
    .option('--json', 'for programs')
  addSettings(pending, queues).action(async (world, flags) =>
    (await import('./pending.ts')).pending(world, flags),
  )

  const read = program
    .command('read <world>')
    .description('read one value as a game does, and tell whether it was warm')
  addKindFlags(read, kinds, { many: false }).option('--json', 'for programs')
  addSettings(read, [...redis, ...neo4j]).action(async (world, flags) =>
    (await import('./read.ts')).read(world, flags),
  )
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

function wholeNumber(least: number, most: number) {
  return (given: string): number => {
    const n = Number(given)
    if (/^\d+$/.test(given) && n >= least && n <= most) return n
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`)
  }
}
