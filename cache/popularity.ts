import { isId } from '../model/ids.ts'
import type { Keys } from './keys.ts'
import { createPopularityUpkeep, type PopularityUpkeep } from './popularity-upkeep.ts'
import { askOurs, type CacheRedis, runScript, type Scored, scored, scriptNamed } from './scripts.ts'

/**
 * How often entities' timelines are read, world by world: a sorted set of counts that fade by a half-life, so that
 * what was read long ago stops counting. Of a steady rate of r reads a second the score becomes r × half-life / ln 2.
 */
export interface Popularity extends PopularityUpkeep {
  /** The ids of the `count` most read entities, the most read first. */
  top(worldId: string, count: number): Promise<string[]>
  /** The same with their scores, down to `least`. */
  topScores(worldId: string, count: number, least?: number): Promise<Scored[]>
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
}

const countScript = scriptNamed('count')

export function createPopularity(deps: { redis: CacheRedis; keys: Keys }): Popularity {
  const { redis, keys } = deps
  const ask = askOurs(redis)
  const askWorld = <T>(worldId: string, question: (key: string) => Promise<T>): Promise<T> =>
    ask(keys.popularity(worldId), question)

  return {
    ...createPopularityUpkeep(deps),

    // Another program may have written anything, so what is no id is passed over.
    top: async (worldId, count) =>
      (await askWorld(worldId, key => redis.zrevrange(key, 0, count - 1))).filter(isId),

    async topScores(worldId, count, least = Number.NEGATIVE_INFINITY) {
      const from = least === Number.NEGATIVE_INFINITY ? '-inf' : least
      return scored(
        await askWorld(worldId, key =>
          redis.zrevrangebyscore(key, '+inf', from, 'WITHSCORES', 'LIMIT', 0, count),
        ),
      )
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
  }
}
