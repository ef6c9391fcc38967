import { measureAccepting } from './append/accepting.ts'
import { measureFlushing } from './append/flushing.ts'
import type { Bench } from './bench.ts'
import { openNeo4j, openRedis } from './servers.ts'

/** The cost of an appended event: until it is durable and visible, and until it is in Neo4j. */
export async function append(bench: Bench): Promise<void> {
  const servers = {
    cache: await openRedis(bench, 'cache'),
    queue: await openRedis(bench, 'queue'),
    neo4j: await openNeo4j(bench),
  }
  await measureAccepting(bench, servers)
  await measureFlushing(bench, servers)
}
