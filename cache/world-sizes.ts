import { createExpectedEntries } from './expected-entries.ts'
import type { Keys } from './keys.ts'
import { askedOfOurs, type CacheRedis } from './scripts.ts'

/** How large a world is in the cache, by four small questions, however large it is. */
export interface WorldSize {
  /** Entries that it has when it is wholly warm; null for one that was never warmed. */
  expected: number | null
  /**
   * Entries that its index calls alive: what is remembered as missing, is being loaded or was evicted is among them, so
   * there are at most that many.
   */
  alive: number
  /** Entities that are read: whose score is 1 at least. */
  hot: number
  /** When it was last deactivated, in ms since 1970; 0 for never. */
  deactivatedAt: number
}

/** All of them are asked at once: give it a hundred worlds or two. Throws `CacheUnavailable`. */
export async function worldSizes(
  deps: { redis: CacheRedis; keys: Keys },
  worldIds: readonly string[],
): Promise<WorldSize[]> {
  if (worldIds.length === 0) return []
  const { redis, keys } = deps
  const expectedEntries = createExpectedEntries(deps)
  const ask = <T>(key: string, question: (key: string) => Promise<T>) => askedOfOurs(redis, key, question)
  const now = Date.now() * 1_000
  const deactivated = ask(keys.deactivatedWorlds, key => redis.zmscore(key, ...worldIds))
  const sizes = worldIds.map(async worldId => {
    const [expected, alive, hot] = await Promise.all([
      expectedEntries.of(worldId),
      ask(keys.index(worldId), key => redis.zcount(key, now, '+inf')),
      ask(keys.popularity(worldId), key => redis.zcount(key, 1, '+inf')),
    ])
    return { expected, alive, hot }
  })
  const [times, found] = await Promise.all([deactivated, Promise.all(sizes)])
  return found.map((size, i) => ({ ...size, deactivatedAt: Number(times[i] ?? 0) }))
}
