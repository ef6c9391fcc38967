import { type Machine, thisMachine } from '../../cli/servers/debian.ts'
import { isProgram, onPath } from '../../cli/servers/on-path.ts'
import type { Say } from '../../cli/servers/started.ts'
import { HearthError } from '../../model/errors.ts'

/** Chromium without what draws windows: the same pages for half of the processor time. */
const shell = 'chromium-headless-shell'
const names = [shell, 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

export interface FindChromiumOptions {
  env?: NodeJS.ProcessEnv
  say?: Say
  machine?: Machine
}

/**
 * The path of a Chromium that needs no screen: CHROME_PATH, else one on the PATH, else Debian's package, installed as root.
 * @throws HearthError `ServerMissing`, which says what to install; `InvalidConfig` for a CHROME_PATH that leads nowhere
 */
export async function findChromium(options: FindChromiumOptions = {}): Promise<string> {
  const { env = process.env, say = () => {}, machine = thisMachine } = options
  if (env.CHROME_PATH) {
    if (isProgram(env.CHROME_PATH)) return env.CHROME_PATH
    throw new HearthError(
      'InvalidConfig',
      `CHROME_PATH is ${env.CHROME_PATH}, which is no program that can be run.`,
    )
  }
  const search = (): string | undefined =>
    names.map(name => onPath(name, env)).find(path => path !== undefined)
  const install = async () =>
    (await machine.install([shell], env, say)) || (await machine.install(['chromium'], env, say)) // not all have the shell
  const found = search() ?? (machine.debianAsRoot && (await install()) ? search() : undefined)
  if (found) {
    say(`Chromium: ${found}`)
    return found
  }
  throw new HearthError(
    'ServerMissing',
    `No Chromium is here. Install it (Debian: apt-get install ${shell}), or set CHROME_PATH to a Chrome or Chromium.`,
  )
}
