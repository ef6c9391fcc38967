import { isId } from '../model/ids.ts'
import type { Keys } from './keys.ts'
import { pipelined } from './pipeline.ts'
import { asked, askedOfOurs, type CacheRedis, runScript, scriptNamed } from './scripts.ts'

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
  const ask = <T>(key: string, question: (key: string) => Promise<T>): Promise<T> =>
    askedOfOurs(redis, key, () => question(key))
  const askWorld = <T>(worldId: string, question: (key: string) => Promise<T>): Promise<T> =>
    ask(keys.popularity(worldId), question)

  /** Worlds that were decayed in the future, since the clock was set back: their time goes on from here. Some each time. */
  async function bringBack(now: number): Promise<void> {
    const ahead = await ask(keys.countedWorlds, key =>
      redis.zrangebyscore(key, `(${now}`, '+inf', 'LIMIT', 0, 1_000),
    )
    if (ahead.length === 0) return
    await asked(redis.zadd(keys.countedWorlds, 'XX', ...ahead.flatMap(worldId => [now, worldId])))
  }

  return {
    // Another program may have written anything, so what is no id is passed over.
    top: async (worldId, count) =>
      (await askWorld(worldId, key => redis.zrevrange(key, 0, count - 1))).filter(isId),

    async topScores(worldId, count, least = Number.NEGATIVE_INFINITY) {
      const from = least === Number.NEGATIVE_INFINITY ? '-inf' : least
      const flat = await askWorld(worldId, key =>
        redis.zrevrangebyscore(key, '+inf', from, 'WITHSCORES', 'LIMIT', 0, count),
      )
      const all = Array.from({ length: flat.length / 2 }, (_, i) => ({
        id: flat[2 * i] as string,
        score: Number(flat[2 * i + 1]),
      }))
      return all.filter(({ id }) => isId(id))
    },

    rank: (worldId, entityId) => askWorld(worldId, key => redis.zrevrank(key, entityId)),

    range: (worldId, from, count) => askWorld(worldId, key => redis.zrevrange(key, from, from + count - 1)),

    async scores(worldId, entityIds) {
      if (entityIds.length === 0) return []
      const scores = await askWorld(worldId, key => redis.zmscore(key, ...entityIds))
      return scores.map(score => (score === null ? null : Number(score)))
    },

    forget: async (worldId, entityIds) =>
      entityIds.length === 0 ? 0 : askWorld(worldId, key => redis.zrem(key, ...entityIds)),

    async add(worldId, reads) {
      await askWorld(worldId, key => runScript(redis, countScript, [key], [...reads].flat()))
      await ask(keys.countedWorlds, key => redis.zadd(key, 'NX', Date.now(), worldId))
    },

    async decay({ halfLifeMs, signal }) {
      const startedAt = Date.now()
      let decayed = 0
      await bringBack(startedAt)
      let stuck = 0
      // What has been decayed moves behind the others, so the first page is always what is left, after what cannot be
      // moved: a name that is no UTF-8.
      for (;;) {
        if (signal?.aborted) return decayed
        const page = await ask(keys.countedWorlds, key =>
          redis.zrangebyscore(key, '-inf', `(${startedAt}`, 'WITHSCORES', 'LIMIT', stuck, worldsAtOnce),
        )
        if (page.length === 0) return decayed
        for (let i = 0; i < page.length; i += 2) {
          const worldId = page[i] as string
          if (isId(worldId)) {
            const weight = 0.5 ** ((startedAt - Number(page[i + 1])) / halfLifeMs)
            await askWorld(worldId, key =>
              redis.zunionstore(key, 1, key, 'WEIGHTS', weight, 'AGGREGATE', 'SUM'),
            )
            decayed += 1
          }
          const moved = await asked(redis.zadd(keys.countedWorlds, 'XX', 'CH', startedAt, worldId))
          if (Number(moved) === 0) stuck += 1
        }
      }
    },

    async prune({ least, most, signal }) {
      let pruned = 0
      let cursor = '0'
      do {
        if (signal?.aborted) return pruned
        const [next, page] = await ask(keys.countedWorlds, key =>
          redis.zscan(key, cursor, 'COUNT', worldsAtOnce),
        )
        cursor = next
        for (let i = 0; i < page.length; i += 2) {
          const worldId = page[i] as string
          const prune = (key: string) =>
            pipelined(redis, pipeline => {
              pipeline.zremrangebyscore(key, '-inf', `(${least}`)
              pipeline.zremrangebyrank(key, 0, -most - 1)
              pipeline.zcard(key)
            })
          const counts = isId(worldId) ? await askWorld(worldId, prune) : []
          const [under = 0, over = 0, left = 0] = counts as number[]
          pruned += under + over
          if (left === 0) await asked(redis.zrem(keys.countedWorlds, worldId)) // its next read adds it again
        }
      } while (cursor !== '0')
      return pruned
    },
  }
}
