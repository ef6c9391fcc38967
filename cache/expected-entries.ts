import type { Keys } from './keys.ts'
import { asked, askedOfOurs, type CacheRedis } from './scripts.ts'

/** How many entries a world has when it is wholly warm: as many as the last warming was to bring. */
export interface ExpectedEntries {
  note(worldId: string, entries: number): Promise<void>
  /** Null for a world that was never warmed. */
  of(worldId: string): Promise<number | null>
}

export function createExpectedEntries({ redis, keys }: { redis: CacheRedis; keys: Keys }): ExpectedEntries {
  return {
    async note(worldId, entries) {
      await asked(redis.set(keys.expectedEntries(worldId), entries))
    },
    async of(worldId) {
      const key = keys.expectedEntries(worldId)
      const entries = Number((await askedOfOurs(redis, key, () => redis.get(key))) ?? Number.NaN)
      return Number.isSafeInteger(entries) ? entries : null
    },
  }
}
