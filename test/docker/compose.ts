import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onPath } from '../../cli/servers/on-path.ts'
import { run } from '../../cli/servers/run.ts'
import type { Say } from '../../cli/servers/started.ts'
import { cacheFolder } from '../../tools/servers/cache-folder.ts'
import { ran } from './ran.ts'

const module = 'github.com/docker/compose/v2'
/** The last versions need a plug-in for building images, which Debian does not have. */
const version = 'v2.24.7'
const project = fileURLToPath(new URL('../..', import.meta.url))

/** Runs docker compose with docker-compose.yml. Resolves to the end of what it printed, and throws with it. */
export type Compose = (...args: string[]) => Promise<string>

/** Compose as Docker's plug-in, or built by Go, once for this user, from its module. Undefined where neither can be had. */
export async function findCompose(env: NodeJS.ProcessEnv, say: Say): Promise<Compose | undefined> {
  const at = (command: string, ...first: string[]): Compose => {
    const file = ['--file', join(project, 'docker-compose.yml')]
    return (...args) => ran(command, [...first, ...file, ...args], env)
  }
  const plugin = await run('docker', ['compose', 'version'], env).catch(() => ({ code: 1 }))
  if (plugin.code === 0) return at('docker', 'compose')
  const program = join(cacheFolder(env), `docker-compose-${version}`)
  if (!existsSync(program)) {
    if (!onPath('go', env)) return undefined
    say(`Compose: Go builds ${module}@${version}, once, which takes minutes`)
    const { Dir: sources } = JSON.parse(
      await ran('go', ['mod', 'download', '-json', `${module}@${version}`], env),
    )
    await ran('go', ['build', '-C', sources, '-o', program, './cmd'], env)
  }
  return at(program)
}
