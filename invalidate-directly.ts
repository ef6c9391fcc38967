import type { Cache } from './cache/cache.ts'
import { entryOf, type Target } from './cache/changes.ts'
import type { Invalidated } from './cache/leases.ts'
import { HearthError } from './errors.ts'
import { createBatcher } from './queues/batcher.ts'

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
      return [worldId, await cache.leases.invalidate(worldId, entries)] as const
    })
    return new Map(await Promise.all(done))
  }

  return async (worldId, targets) => {
    try {
      const batches = await within(timeoutMs, batcher.add(targets.map(target => ({ worldId, target }))))
      return batches.map(worlds => worlds.get(worldId) as Invalidated).reduce(later)
    } catch (error) {
      if (error instanceof HearthError && error.code === 'CacheUnavailable') return undefined
      throw error
    }
  }
}

const later = (a: Invalidated, b: Invalidated): Invalidated => ({ ...b, existed: a.existed + b.existed })

async function within<T>(ms: number, asking: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const giveUp = () =>
      reject(new HearthError('CacheUnavailable', `the cache's Redis did not answer within ${ms} ms`))
    // One more turn: after a busy moment of this process the answer may be here already, waiting to be read.
    timer = setTimeout(() => setImmediate(giveUp), ms)
  })
  try {
    return await Promise.race([asking, late])
  } finally {
    clearTimeout(timer)
  }
}
