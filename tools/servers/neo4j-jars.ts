import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '../../cli/servers/run.ts'
import type { Say } from '../../cli/servers/started.ts'
import { HearthError } from '../../model/errors.ts'

/** The version that neo4j-pom.xml names. */
export const neo4jVersion = '5.26.30'

const pom = fileURLToPath(new URL('neo4j-pom.xml', import.meta.url))
const underWay = new Map<string, Promise<void>>()

/** The folder for this user's jars. */
export function jarsFolder(env: NodeJS.ProcessEnv): string {
  const cache = env.XDG_CACHE_HOME || join(env.HOME ?? homedir(), '.cache')
  return join(cache, 'hearth', `neo4j-${neo4jVersion}`)
}

/** Whether the jars are there. A folder of that name is always complete. */
export function haveJars(folder: string): boolean {
  return existsSync(folder)
}

/**
 * Downloads Neo4j's jars from Maven Central, once. Two processes may do it at once: each fills a separate folder, and
 * the first to rename it wins.
 * @throws HearthError `ServerMissing` with the end of Maven's output
 */
export function bringJars(options: {
  folder: string
  maven: string
  env: NodeJS.ProcessEnv
  say: Say
}): Promise<void> {
  const { folder } = options
  const bringing = underWay.get(folder) ?? download(options).finally(() => underWay.delete(folder))
  underWay.set(folder, bringing)
  return bringing
}

async function download(options: { folder: string; maven: string; env: NodeJS.ProcessEnv; say: Say }) {
  const { folder, maven, env, say } = options
  await mkdir(dirname(folder), { recursive: true })
  const partial = await mkdtemp(`${folder}.partial-`)
  try {
    say(`Neo4j: Maven brings the jars of ${neo4jVersion} (123 MB, once) into ${folder}`)
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${partial}`, '-DincludeScope=runtime']
    const { code, output } = await run(maven, ['-B', '-q', '-f', pom, ...goal], env)
    if (code !== 0) {
      throw new HearthError(
        'ServerMissing',
        `Maven could not bring Neo4j's jars. The end of its output:\n${output}`,
      )
    }
    await rename(partial, folder).catch(error => {
      if (!haveJars(folder)) throw error // otherwise another process was first
    })
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}
