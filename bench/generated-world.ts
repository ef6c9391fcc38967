import type { StartedNeo4j } from '../tools/servers/neo4j.ts'
import { generateWorld } from '../world/demo/demo.ts'
import { fillWorld } from '../world/import/fill.ts'
import { type Neo4jWorld, neo4jWorld } from '../world/neo4j/world.ts'
import type { Bench } from './bench.ts'
import { openNeo4j, openRedis } from './servers.ts'

export interface GeneratedWorld {
  worldId: string
  entities: number
  /** Every entity has exactly this number of events. */
  eventsPerEntity: number
  /** Of the writes. Default that of an import. */
  batchSize?: number
}

/** Writes a generated world, and the schema. Answers the ids of its entities. */
export async function writeGeneratedWorld(
  { say }: Bench,
  world: Neo4jWorld,
  { worldId, entities, eventsPerEntity, batchSize }: GeneratedWorld,
): Promise<string[]> {
  say(`writing a world of ${entities} entities with ${eventsPerEntity} events each`)
  const generated = generateWorld({ entities, eventsPerEntity, exactEventsPerEntity: true })
  await world.schema()
  await fillWorld(world, worldId, generated, batchSize === undefined ? {} : { batchSize })
  return Array.from(generated.entities, ({ id }) => id)
}

/** A Redis for the cache, one for the queues, and a Neo4j with a generated world. */
export async function openGeneratedWorld(
  bench: Bench,
  generated: GeneratedWorld,
): Promise<{ cache: string; queue: string; neo4j: StartedNeo4j }> {
  const cache = await openRedis(bench, 'cache')
  const queue = await openRedis(bench, 'queue')
  const neo4j = await openNeo4j(bench)
  const world = neo4jWorld(neo4j)
  await writeGeneratedWorld(bench, world, generated)
  await world.close()
  return { cache, queue, neo4j }
}
