import { randomBytes } from 'node:crypto'
import { once } from '../../cli/servers/docker.ts'
import type { Say, StartedServer } from '../../cli/servers/started.ts'

const neo4jImage = 'neo4j:5.26-community'

/** A Neo4j in a container; undefined if it does not start, after a line that says why. */
export async function startNeo4jContainer(
  { heapMb }: { heapMb: number },
  say: Say,
): Promise<(StartedServer & { uri: string; user: string; password: string }) | undefined> {
  try {
    const { Neo4jContainer } = await import('@testcontainers/neo4j')
    const container = await new Neo4jContainer(neo4jImage)
      .withPassword(randomBytes(12).toString('hex'))
      .withEnvironment({
        NEO4J_server_memory_heap_max__size: `${heapMb}m`,
        NEO4J_dbms_usage__report_enabled: 'false',
      })
      .start()
    const uri = container.getBoltUri()
    return {
      how: `Neo4j: ${neo4jImage} in Docker, at ${uri}`,
      uri,
      user: container.getUsername(),
      password: container.getPassword(),
      stop: once(() => container.stop()),
    }
  } catch (error) {
    say(`Neo4j: Docker answers, but no container started, so another way is tried: ${String(error)}`)
    return undefined
  }
}
