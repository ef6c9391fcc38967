import { chunk, sum } from 'es-toolkit'
import { isId } from '../model/ids.ts'
import type { Keys } from './keys.ts'
import { pipelined } from './pipeline.ts'
import { asked, askOurs, type CacheRedis } from './scripts.ts'

/** What the clock does to the counts of all worlds. Each stops between two worlds when `signal` is aborted. */
export interface PopularityUpkeep {
  /**
   * Fades the counts of every world that was counted, each by the time since that was last done, however long ago.
   * Answers how many worlds.
   */
  decay(options: { halfLifeMs: number; signal?: AbortSignal }): Promise<number>
  /** Forgets entities below `least`, and of more than `most` the least read. Answers how many entities. */
  prune(options: { least: number; most: number; signal?: AbortSignal }): Promise<number>
}

/** Worlds in one go: enough that the round trips do not count, few enough that no other command waits long. */
const worldsAtOnce = 20

export function createPopularityUpkeep({ redis, keys }: { redis: CacheRedis; keys: Keys }): PopularityUpkeep {
  const ask = askOurs(redis)

  /** Worlds that were decayed in the future, since the clock was set back: their time goes on from here. Some each time. */
  async function bringBack(now: number): Promise<void> {
    const ahead = await ask(keys.countedWorlds, key =>
      redis.zrangebyscore(key, `(${now}`, '+inf', 'LIMIT', 0, 1_000),
    )
    if (ahead.length === 0) return
    await asked(redis.zadd(keys.countedWorlds, 'XX', ...ahead.flatMap(worldId => [now, worldId])))
  }

  const fade = (worldId: string, weight: number) =>
    ask(keys.popularity(worldId), key =>
      redis.zunionstore(key, 1, key, 'WEIGHTS', weight, 'AGGREGATE', 'SUM'),
    )

  /** Answers how many entities it has forgotten, and how many are left. */
  async function pruneWorld(worldId: string, least: number, most: number) {
    const counts = await ask(keys.popularity(worldId), key =>
      pipelined(redis, pipeline => {
        pipeline.zremrangebyscore(key, '-inf', `(${least}`)
        pipeline.zremrangebyrank(key, 0, -most - 1)
        pipeline.zcard(key)
      }),
    )
    const [under = 0, over = 0, left = 0] = counts as number[]
    return { pruned: under + over, left }
  }

  return {
    async decay({ halfLifeMs, signal }) {
      const startedAt = Date.now()
      let decayed = 0
      await bringBack(startedAt)
      let stuck = 0
      const decayWorld = async ([worldId = '', decayedAt]: string[]): Promise<void> => {
        if (isId(worldId)) {
          await fade(worldId, 0.5 ** ((startedAt - Number(decayedAt)) / halfLifeMs))
          decayed += 1
        }
        const moved = await asked(redis.zadd(keys.countedWorlds, 'XX', 'CH', startedAt, worldId))
        if (Number(moved) === 0) stuck += 1
      }
      // What has been decayed moves behind the others, so the first page is always what is left, after what cannot be
      // moved: a name that is no UTF-8.
      for (;;) {
        if (signal?.aborted) return decayed
        const page = await ask(keys.countedWorlds, key =>
          redis.zrangebyscore(key, '-inf', `(${startedAt}`, 'WITHSCORES', 'LIMIT', stuck, worldsAtOnce),
        )
        if (page.length === 0) return decayed
        await Promise.all(chunk(page, 2).map(decayWorld))
      }
    },

    async prune({ least, most, signal }) {
      const pruneNamed = async (worldId: string): Promise<number> => {
        const { pruned, left } = isId(worldId)
          ? await pruneWorld(worldId, least, most)
          : { pruned: 0, left: 0 }
        if (left === 0) await asked(redis.zrem(keys.countedWorlds, worldId)) // its next read adds it again
        return pruned
      }
      let total = 0
      let cursor = '0'
      do {
        if (signal?.aborted) return total
        const [next, page] = await ask(keys.countedWorlds, key =>
          redis.zscan(key, cursor, 'COUNT', worldsAtOnce),
        )
        cursor = next
        const pruned = await Promise.all(chunk(page, 2).map(([worldId = '']) => pruneNamed(worldId)))
        total += sum(pruned)
      } while (cursor !== '0')
      return total
    },
  }
}
