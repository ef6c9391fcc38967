import type { Keys } from './keys.ts'
import { asked, askedOfOurs, type CacheRedis } from './scripts.ts'

/** How many entries a world has when it is wholly warm: as many as the last warming was to bring. */
export interface Due {
  note(worldId: string, entries: number): Promise<void>
  /** Null for a world that was never warmed. */
  of(worldId: string): Promise<number | null>
}

export function createDue({ redis, keys }: { redis: CacheRedis; keys: Keys }): Due {
  return {
    async note(worldId, entries) {
      await asked(redis.set(keys.due(worldId), entries))
    },
    async of(worldId) {
      const key = keys.due(worldId)
      const entries = Number((await askedOfOurs(redis, key, () => redis.get(key))) ?? Number.NaN)
      return Number.isSafeInteger(entries) ? entries : null
    },
  }
}
