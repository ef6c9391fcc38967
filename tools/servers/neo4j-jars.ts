import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '../../cli/servers/run.ts'
import type { Say } from '../../cli/servers/started.ts'
import { HearthError } from '../../model/errors.ts'
import { cacheFolder } from './cache-folder.ts'

export const neo4jVersion = '5.26.30'

const pom = fileURLToPath(new URL('neo4j-pom.xml', import.meta.url))
const underWay = new Map<string, Promise<void>>()

/** The folder for this user's jars of a version. */
export function jarsFolder(env: NodeJS.ProcessEnv, version = neo4jVersion): string {
  return join(cacheFolder(env), `neo4j-${version}`)
}

/** Whether the jars are there. A folder of that name is always complete. */
export function haveJars(folder: string): boolean {
  return existsSync(folder)
}

interface BringJarsOptions {
  folder: string
  /** Default `neo4jVersion`. */
  version?: string
  maven: string
  env: NodeJS.ProcessEnv
  say: Say
}

/**
 * Downloads Neo4j's jars from Maven Central, once. Two processes may do it at once: each fills a separate folder, and
 * the first to rename it wins.
 * @throws HearthError `ServerMissing` with the end of Maven's output
 */
export function bringJars(options: BringJarsOptions): Promise<void> {
  const { folder } = options
  const bringing = underWay.get(folder) ?? download(options).finally(() => underWay.delete(folder))
  underWay.set(folder, bringing)
  return bringing
}

async function download({ folder, version = neo4jVersion, maven, env, say }: BringJarsOptions) {
  await mkdir(dirname(folder), { recursive: true })
  const partial = await mkdtemp(`${folder}.partial-`)
  try {
    say(`Neo4j: Maven brings the jars of ${version} (123 MB, once) into ${folder}`)
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${partial}`, '-DincludeScope=runtime']
    const which = `-Dneo4j.version=${version}`
    const { code, output } = await run(maven, ['-B', '-q', '-f', pom, which, ...goal], env)
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
