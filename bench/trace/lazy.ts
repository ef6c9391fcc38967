import { Redis } from 'ioredis'
import { defaultTopK } from '../../hearth/options.ts'
import { createTtlPolicy } from '../../model/ttl-policy.ts'
import type { World } from '../../world/world.ts'
import type { Bench } from '../bench.ts'
import { kinds } from '../kinds.ts'
import { outcome } from './replay.ts'

export interface LazyOptions {
  cache: string
  world: World
  worldId: string
  timelineMs: number
}

/**
 * A plain cache that fills on a miss, written well: one load for all that wait for it in this process, with TTLs
 * jittered as Hearth's. It waits for its SET, as the common packages for this do.
 */
export async function openLazy({ closing }: Bench, { cache, world, worldId, timelineMs }: LazyOptions) {
  const redis = new Redis(cache)
  await closing.opened('the plain Redis', async () => redis.disconnect())
  const lives = createTtlPolicy({ kindsMs: { timeline: timelineMs } })
  const loading = new Map<string, Promise<unknown>>()

  async function load(key: string, id: string): Promise<unknown> {
    const [events] = await world.timelines(worldId, [id], defaultTopK)
    await redis.set(key, JSON.stringify(events), 'PX', lives.of(kinds.timeline, true))
    return events
  }

  return {
    async read(id: string): Promise<unknown> {
      const key = `lazy:${worldId}:${id}`
      const text = await redis.get(key)
      if (text !== null) {
        const told = outcome.getStore()
        if (told) told.hit = true
        return JSON.parse(text)
      }
      const shared = loading.get(key)
      if (shared) return shared
      const own = load(key, id).finally(() => loading.delete(key))
      loading.set(key, own)
      return own
    },
    close: async () => redis.disconnect(),
  }
}
