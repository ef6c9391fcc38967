import type { Keys } from './keys.ts'
import { pipelined } from './pipeline.ts'
import { asked, type CacheRedis, runScript, scriptNamed } from './scripts.ts'

/**
 * How often entities' timelines are read, world by world: a sorted set of counts that fade by a half-life, so that
 * what was read long ago stops counting. Of a steady rate of r reads a second the score becomes r × half-life / ln 2.
 */
export interface Popularity {
  /** The ids of the `count` most read entities, the most read first. */
  top(worldId: string, count: number): Promise<string[]>
  /** The same with their scores, down to `least`. */
  topScores(worldId: string, count: number, least?: number): Promise<Popular[]>
  /** Its place among the most read, from 0; null where it was never read. */
  rank(worldId: string, entityId: string): Promise<number | null>
  /** The ids of entities from this place on, the most read first. */
  range(worldId: string, from: number, count: number): Promise<string[]>
  /** The scores of these entities; null for one that was never read. */
  scores(worldId: string, entityIds: readonly string[]): Promise<(number | null)[]>
  /** Forgets these entities. Answers how many were known. */
  forget(worldId: string, entityIds: readonly string[]): Promise<number>
  /** Adds reads: entity id, how many. All of it or an error. */
  add(worldId: string, reads: ReadonlyMap<string, number>): Promise<void>
  /**
   * Fades the counts of every world that was counted, each by the time since that was last done, however long ago.
   * Answers how many worlds. Stops between two worlds when `signal` is aborted.
   */
  decay(options: { halfLifeMs: number; signal?: AbortSignal }): Promise<number>
  /** Forgets entities below `least`, and of more than `most` the least read. Answers how many entities. */
  prune(options: { least: number; most: number; signal?: AbortSignal }): Promise<number>
}

export interface Popular {
  id: string
  score: number
}

const countScript = scriptNamed('count')

/** Worlds in one go: enough that the round trips do not count, few enough that nobody waits long for his turn. */
const worldsAtOnce = 20

export function createPopularity({ redis, keys }: { redis: CacheRedis; keys: Keys }): Popularity {
  return {
    top: (worldId, count) => asked(redis.zrevrange(keys.popularity(worldId), 0, count - 1)),

    async topScores(worldId, count, least = Number.NEGATIVE_INFINITY) {
      const from = least === Number.NEGATIVE_INFINITY ? '-inf' : least
      const key = keys.popularity(worldId)
      const flat = await asked(redis.zrevrangebyscore(key, '+inf', from, 'WITHSCORES', 'LIMIT', 0, count))
      return Array.from({ length: flat.length / 2 }, (_, i) => ({
        id: flat[2 * i] as string,
        score: Number(flat[2 * i + 1]),
      }))
    },

    rank: (worldId, entityId) => asked(redis.zrevrank(keys.popularity(worldId), entityId)),

    range: (worldId, from, count) => asked(redis.zrevrange(keys.popularity(worldId), from, from + count - 1)),

    async scores(worldId, entityIds) {
      if (entityIds.length === 0) return []
      const scores = await asked(redis.zmscore(keys.popularity(worldId), ...entityIds))
      return scores.map(score => (score === null ? null : Number(score)))
    },

    forget: async (worldId, entityIds) =>
      entityIds.length === 0 ? 0 : asked(redis.zrem(keys.popularity(worldId), ...entityIds)),

    async add(worldId, reads) {
      await runScript(redis, countScript, [keys.popularity(worldId)], [...reads].flat())
      await asked(redis.zadd(keys.countedWorlds, 'NX', Date.now(), worldId))
    },

    async decay({ halfLifeMs, signal }) {
      const startedAt = Date.now()
      let decayed = 0
      // What has been decayed moves behind the others, so the first page is always what is left.
      for (;;) {
        if (signal?.aborted) return decayed
        const page = await asked(
          redis.zrangebyscore(
            keys.countedWorlds,
            '-inf',
            `(${startedAt}`,
            'WITHSCORES',
            'LIMIT',
            0,
            worldsAtOnce,
          ),
        )
        if (page.length === 0) return decayed
        for (let i = 0; i < page.length; i += 2) {
          const worldId = page[i] as string
          const elapsedMs = startedAt - Number(page[i + 1])
          const key = keys.popularity(worldId)
          const weight = 0.5 ** (elapsedMs / halfLifeMs)
          await asked(redis.zunionstore(key, 1, key, 'WEIGHTS', weight, 'AGGREGATE', 'SUM'))
          await asked(redis.zadd(keys.countedWorlds, 'XX', startedAt, worldId))
          decayed += 1
        }
      }
    },

    async prune({ least, most, signal }) {
      let pruned = 0
      let cursor = '0'
      do {
        if (signal?.aborted) return pruned
        const [next, page] = await asked(redis.zscan(keys.countedWorlds, cursor, 'COUNT', worldsAtOnce))
        cursor = next
        for (let i = 0; i < page.length; i += 2) {
          const worldId = page[i] as string
          const key = keys.popularity(worldId)
          const [under = 0, over = 0, left = 0] = (await pipelined(redis, pipeline => {
            pipeline.zremrangebyscore(key, '-inf', `(${least}`)
            pipeline.zremrangebyrank(key, 0, -most - 1)
            pipeline.zcard(key)
          })) as number[]
          pruned += under + over
          if (left === 0) await asked(redis.zrem(keys.countedWorlds, worldId)) // its next read adds it again
        }
      } while (cursor !== '0')
      return pruned
    },
  }
}
