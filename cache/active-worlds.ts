import type { Keys } from './keys.ts'
import { asked, type CacheRedis } from './scripts.ts'

/** The worlds that are played, by when they were last activated or read. */
export interface ActiveWorlds {
  /** Notes that the world is played now. */
  touch(worldId: string): Promise<void>
  has(worldId: string): Promise<boolean>
}

export function createActiveWorlds({ redis, keys }: { redis: CacheRedis; keys: Keys }): ActiveWorlds {
  return {
    async touch(worldId) {
      await asked(redis.zadd(keys.activeWorlds, Date.now(), worldId))
    },
    has: async worldId => (await asked(redis.zscore(keys.activeWorlds, worldId))) !== null,
  }
}
