import type { Redis } from 'ioredis'
import neo4j, { type Driver } from 'neo4j-driver'
import type { EntityRef } from '../../model/world-data.ts'
import { entitiesCypher, idsByType } from '../../world/neo4j/entities.ts'
import { timelinesCypher } from '../../world/neo4j/timelines.ts'

export interface FloorOptions {
  driver: Driver
  redis: Redis
  worldId: string
  limit: number
  lifeMs: number
  /** The entities of each chunk, and the keys and texts that warming stored for them. */
  chunks: readonly FloorChunk[]
}

export interface FloorChunk {
  refs: readonly EntityRef[]
  stored: readonly (readonly [key: string, text: string])[]
}

/**
 * The minimum of work: for each chunk, the rows that warming reads, by the same Cypher, streamed, with every column
 * consumed; then the bytes that warming stores, by a plain pipeline. No leases, no jobs, no values made of rows.
 */
export async function floor({ driver, redis, worldId, limit, lifeMs, chunks }: FloorOptions): Promise<void> {
  for (const { refs, stored } of chunks) {
    for (const [type, ids] of idsByType(refs)) {
      await consume(driver, entitiesCypher(type), { worldId, ids })
    }
    const ids = refs.map(({ id }) => id)
    await consume(driver, timelinesCypher({ timeline: true }), { worldId, ids, limit: neo4j.int(limit) })

    const pipeline = redis.pipeline()
    for (const [key, text] of stored) pipeline.set(key, text, 'PX', lifeMs)
    await pipeline.exec()
  }
}

async function consume(driver: Driver, cypher: string, parameters: object): Promise<void> {
  const session = driver.session()
  try {
    for await (const record of session.run(cypher, parameters)) record.forEach(() => {})
  } finally {
    await session.close()
  }
}
