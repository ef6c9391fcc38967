import type { Keys } from './keys.ts'
import { askOurs, type CacheRedis, type Scored, scored } from './scripts.ts'

/**
 * The worlds that are played: activated or read after they were last deactivated. The two times stand in two sets, so
 * that reads from before a deactivation, which are counted a moment late, do not undo it.
 */
export interface ActiveWorlds {
  /** Notes that the world was activated or read, now or at `atMs` (since 1970). An earlier time changes nothing. */
  touch(worldId: string, atMs?: number): Promise<void>
  /** It is not played any more, until it is touched again. */
  deactivate(worldId: string): Promise<void>
  /** There is no such world. */
  forget(worldId: string): Promise<void>
  has(worldId: string): Promise<boolean>
  /** All that were touched within the last `idleMs`, the last touched first, page by page. */
  pages(idleMs: number): AsyncIterable<string[]>
  /** All that are remembered, the deactivated ones too, page by page. A page may repeat what an earlier one had. */
  remembered(): AsyncIterable<string[]>
  /** Forgets those that have been idle for longer. */
  prune(idleMs: number): Promise<void>
}

const pageSize = 200

export function createActiveWorlds({ redis, keys }: { redis: CacheRedis; keys: Keys }): ActiveWorlds {
  const ask = askOurs(redis)

  /** Of these, with when they were touched as their score, those that were not deactivated since. */
  async function stillActive(touched: readonly Scored[]): Promise<string[]> {
    if (touched.length === 0) return []
    const ids = touched.map(({ id }) => id)
    const deactivatedAt = await ask(keys.deactivatedWorlds, key => redis.zmscore(key, ...ids))
    return ids.filter((_, i) => (touched[i]?.score ?? 0) > Number(deactivatedAt[i] ?? 0))
  }

  /** Now, or a moment after what is noted there: another machine's clock may go before ours, or ours was set back. */
  async function after(key: string, worldId: string): Promise<number> {
    const noted = await ask(key, ours => redis.zscore(ours, worldId))
    return Math.max(Date.now(), Number(noted ?? 0) + 1)
  }

  return {
    async touch(worldId, atMs) {
      const at = atMs ?? (await after(keys.deactivatedWorlds, worldId))
      await ask(keys.activeWorlds, key => redis.zadd(key, 'GT', at, worldId))
    },

    async deactivate(worldId) {
      const at = await after(keys.activeWorlds, worldId)
      await ask(keys.deactivatedWorlds, key => redis.zadd(key, 'GT', at, worldId))
    },

    async forget(worldId) {
      await ask(keys.activeWorlds, key => redis.zrem(key, worldId))
    },

    async has(worldId) {
      const touchedAt = await ask(keys.activeWorlds, key => redis.zscore(key, worldId))
      return touchedAt !== null && (await stillActive([{ id: worldId, score: Number(touchedAt) }])).length > 0
    },

    async *pages(idleMs) {
      const since = Date.now() - idleMs
      for (let from = 0; ; from += pageSize) {
        const page = await ask(keys.activeWorlds, key =>
          redis.zrevrangebyscore(key, '+inf', since, 'WITHSCORES', 'LIMIT', from, pageSize),
        )
        if (page.length === 0) return
        yield await stillActive(scored(page))
      }
    },

    async *remembered() {
      let cursor = '0'
      do {
        const [next, page] = await ask(keys.activeWorlds, key => redis.zscan(key, cursor, 'COUNT', pageSize))
        cursor = next
        yield scored(page).map(({ id }) => id)
      } while (cursor !== '0')
    },

    async prune(idleMs) {
      const before = `(${Date.now() - idleMs}`
      await ask(keys.activeWorlds, key => redis.zremrangebyscore(key, '-inf', before))
      await ask(keys.deactivatedWorlds, key => redis.zremrangebyscore(key, '-inf', before))
    },
  }
}
