import type { Redis } from 'ioredis'
import neo4j, { type Driver } from 'neo4j-driver'
import type { Keys } from '../../cache/keys.ts'
import type { EntityRef } from '../../model/world-data.ts'
import { nodeOf } from '../../world/neo4j/graph.ts'
import { kinds } from '../kinds.ts'

export interface TodayOptions {
  driver: Driver
  redis: Redis
  keys: Keys
  worldId: string
  limit: number
  lifeMs: number
  refs: readonly EntityRef[]
}

const atOnce = 16

/**
 * Common practice, written well: one query by an index and one SET for each entity and for each timeline, 16 at a time.
 */
export async function today({
  driver,
  redis,
  keys,
  worldId,
  limit,
  lifeMs,
  refs,
}: TodayOptions): Promise<void> {
  const tasks = refs.flatMap(({ type, id }) => [
    async () => {
      const { label, id: idName } = nodeOf[type]
      const rows = await query(`MATCH (n:${label} {world_id: $worldId, ${idName}: $id}) RETURN n`, {
        worldId,
        id,
      })
      await store(keys.entry(kinds.entity, worldId, { type, id }).key, rows[0]?.get('n').properties ?? null)
    },
    async () => {
      const rows = await query(newestCypher, { worldId, id, limit: neo4j.int(limit) })
      const events = rows.map(row => row.get('e').properties)
      await store(keys.entry(kinds.timeline, worldId, id).key, events)
    },
  ])
  const next = tasks.values()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const task of next) await task()
    }),
  )

  async function query(cypher: string, parameters: object) {
    const session = driver.session()
    try {
      return (await session.run(cypher, parameters)).records
    } finally {
      await session.close()
    }
  }

  async function store(key: string, value: unknown) {
    await redis.set(key, JSON.stringify(value), 'PX', lifeMs)
  }
}

const newestCypher = `MATCH (:Timeline {world_id: $worldId, entity_id: $id})-[:CONTAINS_EVENT]->(e)
RETURN e ORDER BY e.timestamp DESC, e.event_id DESC LIMIT $limit`
