import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onPath } from './on-path.ts'
import { run } from './run.ts'
import type { Say } from './started.ts'

/** What this machine allows, apart from its environment. A test puts another in its place. */
export interface Machine {
  /** Whether packages can be installed here: Debian (or made from it), and we are root. */
  debianAsRoot: boolean
  /** Where Debian keeps its Java machines, whichever of them is on the PATH. */
  jvmFolder: string
  /** Installs Debian packages. Resolves to whether it worked, having said so. */
  install(packages: readonly string[], env: NodeJS.ProcessEnv, say: Say): Promise<boolean>
}

export const thisMachine: Machine = {
  get debianAsRoot() {
    return process.getuid?.() === 0 && isDebian()
  },
  jvmFolder: '/usr/lib/jvm',
  install(packages, env, say) {
    // One after the other: Redis and Neo4j start side by side, and apt's lists have no lock that waits.
    const turn = lastInstall.then(() => aptInstall(packages, env, say))
    lastInstall = turn
    return turn
  },
}

let lastInstall: Promise<unknown> = Promise.resolve()

async function aptInstall(packages: readonly string[], env: NodeJS.ProcessEnv, say: Say): Promise<boolean> {
  const quiet = { ...env, DEBIAN_FRONTEND: 'noninteractive' }
  // Other processes of ours (test files that run beside each other) install, too.
  const lock = onPath('flock', env) ? ['flock', join(tmpdir(), 'hearth-apt.lock')] : []
  const aptGet = (...args: string[]) => {
    const [command = 'apt-get', ...rest] = [...lock, 'apt-get', ...args]
    return run(command, rest, quiet)
  }
  const install = () => aptGet('-o', 'DPkg::Lock::Timeout=300', 'install', '-y', ...packages)
  say(`apt-get install -y ${packages.join(' ')}`)
  try {
    if ((await install()).code === 0) return true
    say('apt-get update, then once more')
    await aptGet('update')
    const again = await install()
    if (again.code === 0) return true
    say(`apt-get install failed: ${again.output}`)
  } catch (error) {
    say(`apt-get could not be run: ${String(error)}`)
  }
  return false
}

function isDebian(): boolean {
  try {
    return /^ID(_LIKE)?=.*\bdebian\b/m.test(readFileSync('/etc/os-release', 'utf8'))
  } catch {
    return false
  }
}
