import type { StartedNeo4j } from '../tools/servers/neo4j.ts'
import { generateWorld } from '../world/demo/demo.ts'
import { fillWorld } from '../world/import/fill.ts'
import { neo4jWorld } from '../world/neo4j/world.ts'
import type { Bench } from './bench.ts'
import { openNeo4j, openRedis } from './servers.ts'

/** A Redis for the cache, one for the queues, and a Neo4j that holds a generated world with as many events for each entity. */
export async function openGeneratedWorld(
  bench: Bench,
  { worldId, entities, eventsPerEntity }: { worldId: string; entities: number; eventsPerEntity: number },
): Promise<{ cache: string; queue: string; neo4j: StartedNeo4j }> {
  const cache = await openRedis(bench, 'cache')
  const queue = await openRedis(bench, 'queue')
  const neo4j = await openNeo4j(bench)
  bench.say(`writing a world of ${entities} entities with ${eventsPerEntity} events each`)
  const world = neo4jWorld(neo4j)
  await world.schema()
  await fillWorld(world, worldId, generateWorld({ entities, eventsPerEntity, exactEventsPerEntity: true }))
  await world.close()
  return { cache, queue, neo4j }
}
