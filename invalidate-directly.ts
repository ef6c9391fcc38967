import type { Cache } from './cache/cache.ts'
import { entryOf, type Target } from './cache/changes.ts'
import type { Invalidated } from './cache/leases.ts'
import { HearthError } from './errors.ts'
import { createBatcher } from './queues/batcher.ts'
import { within } from './within.ts'

/**
 * Invalidates directly, one script call for a world at a time: what comes while one is under way goes out with the
 * next, so that thousands of changes in a moment are few round trips. Undefined where Redis did not answer in time.
 */
export type InvalidateDirectly = (
  worldId: string,
  targets: readonly Target[],
) => Promise<Invalidated | undefined>

interface Stale {
  worldId: string
  target: Target
}

/** Few enough that one script keeps Redis busy for some milliseconds at most. */
const mostAtOnce = 10_000

export function createDirect({ cache, timeoutMs }: { cache: Cache; timeoutMs: number }): InvalidateDirectly {
  const batcher = createBatcher<Stale, Map<string, Invalidated>>({
    keyOf: stale => JSON.stringify(stale),
    merge: stale => stale,
    send: invalidateWorlds,
    largest: mostAtOnce,
    gather: false,
  })

  async function invalidateWorlds(stale: readonly Stale[]): Promise<Map<string, Invalidated>> {
    const byWorld = new Map<string, Stale[]>()
    for (const one of stale) {
      const some = byWorld.get(one.worldId)
      if (some) some.push(one)
      else byWorld.set(one.worldId, [one])
    }
    const done = Array.from(byWorld, async ([worldId, some]) => {
      const entries = some.map(({ target }) => entryOf(cache.keys, worldId, target))
      return [worldId, await cache.direct.invalidate(worldId, entries)] as const
    })
    return new Map(await Promise.all(done))
  }

  const tooLate = () =>
    new HearthError('CacheUnavailable', `the cache's Redis did not answer within ${timeoutMs} ms`)

  return async (worldId, targets) => {
    cache.outageCache.drop(targets.map(target => entryOf(cache.keys, worldId, target).key))
    await cache.firstConnected()
    if (!cache.breaker.closed) {
      cache.trust.doubt()
      return undefined
    }
    const invalidating = batcher.add(targets.map(target => ({ worldId, target })))
    try {
      const batches = await within(timeoutMs, invalidating, tooLate)
      return batches.map(worlds => worlds.get(worldId) as Invalidated).reduce(later)
    } catch (error) {
      if (!(error instanceof HearthError && error.code === 'CacheUnavailable')) throw error
      cache.trust.doubt(invalidating)
      return undefined
    }
  }
}

const later = (a: Invalidated, b: Invalidated): Invalidated => ({ ...b, existed: a.existed + b.existed })
