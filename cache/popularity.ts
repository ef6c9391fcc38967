import type { Keys } from './keys.ts'
import { asked, type CacheRedis } from './scripts.ts'

/** How often entities' timelines are read, world by world. */
export interface Popularity {
  /** The ids of the `count` most read entities, the most read first. */
  top(worldId: string, count: number): Promise<string[]>
  /** Its place among the most read, from 0; null where it was never read. */
  rank(worldId: string, entityId: string): Promise<number | null>
}

export function createPopularity({ redis, keys }: { redis: CacheRedis; keys: Keys }): Popularity {
  return {
    top: (worldId, count) => asked(redis.zrevrange(keys.popularity(worldId), 0, count - 1)),
    rank: (worldId, entityId) => asked(redis.zrevrank(keys.popularity(worldId), entityId)),
  }
}
