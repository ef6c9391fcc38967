import type { Cache } from '../cache/cache.ts'
import type { Entry } from '../cache/keys.ts'
import type { Invalidated } from '../cache/leases.ts'
import { HearthError } from '../model/errors.ts'
import type { Target } from '../model/world-data.ts'
import { createBatcher } from '../resilience/batcher.ts'
import { within } from '../resilience/within.ts'

/**
 * Invalidates directly, one script call for a world at a time: what comes while one is under way goes out with the
 * next, so that thousands of changes in a moment are few round trips. Undefined where Redis did not answer in time.
 */
export type InvalidateDirectly = (
  worldId: string,
  targets: readonly Target[],
) => Promise<Invalidated | undefined>

/** As much as one change may name: it is made stale in one step. */
const maxAtOnce = 10_000
/** What Redis and this process may take the usual time for once more. So the largest batch has three times as long. */
const slowerBy = 5_000
/** What may be under way in this process; beyond, a change is left to the outbox at once. */
const maxUnderWay = 100_000

export interface DirectDeps {
  cache: Pick<Cache, 'keys' | 'direct' | 'memory' | 'firstConnected' | 'cacheState'>
  /** How long Redis may take for a batch of some targets; for the largest three times as long. Milliseconds. */
  timeoutMs: number
}

/** Changes of one world, which wait for no other world's. */
interface WorldBatches {
  add(entries: readonly Entry[]): Promise<Invalidated[]>
  /** When Redis last answered one. */
  answeredAt: number
  underWay: number
}

export function createDirect({ cache, timeoutMs }: DirectDeps): InvalidateDirectly {
  const worlds = new Map<string, WorldBatches>()
  let underWay = 0

  function openBatches(worldId: string): WorldBatches {
    const batcher = createBatcher<Entry, Invalidated>({
      keyOf: ({ key }) => key,
      async send(entries) {
        const invalidated = await cache.direct.invalidate(worldId, entries)
        batches.answeredAt = performance.now()
        return invalidated
      },
      largest: maxAtOnce,
      gather: false,
    })
    const batches: WorldBatches = { add: batcher.add, answeredAt: 0, underWay: 0 }
    worlds.set(worldId, batches)
    return batches
  }

  const tooLate = () =>
    new HearthError('CacheUnavailable', `the cache's Redis did not answer within ${timeoutMs} ms`)

  /** Until it is done, or Redis has answered no batch of the world for as long as it may take for one. */
  async function whileAnswered<T>(batches: WorldBatches, work: Promise<T>): Promise<T> {
    for (let from = performance.now(); ; from = batches.answeredAt) {
      let isLate = false
      const limitMs = timeoutMs * (1 + Math.min(underWay, maxAtOnce) / slowerBy)
      try {
        return await within(Math.max(0, from + limitMs - performance.now()), work, () => {
          isLate = true
          return tooLate()
        })
      } catch (error) {
        if (!isLate || batches.answeredAt <= from) throw error
      }
    }
  }

  function begin(worldId: string, entries: readonly Entry[]) {
    const batches = worlds.get(worldId) ?? openBatches(worldId)
    underWay += entries.length
    batches.underWay += entries.length
    const invalidating = batches.add(entries).finally(() => {
      underWay -= entries.length
      batches.underWay -= entries.length
      if (batches.underWay === 0) worlds.delete(worldId)
    })
    return { batches, invalidating }
  }

  return async (worldId, targets) => {
    const entries = targets.map(target => cache.keys.entryOf(worldId, target))
    cache.memory.drop(entries)
    await cache.firstConnected()
    const world = cache.keys.version(worldId)
    if (!cache.cacheState.breakerOf(world).closed || underWay + entries.length > maxUnderWay) {
      cache.cacheState.doubt(world)
      return undefined
    }
    const { batches, invalidating } = begin(worldId, entries)
    try {
      return (await whileAnswered(batches, invalidating)).reduce(later)
    } catch (error) {
      if (!(error instanceof HearthError && error.code === 'CacheUnavailable')) throw error
      cache.cacheState.doubt(world, invalidating)
      return undefined
    }
  }
}

const later = (a: Invalidated, b: Invalidated): Invalidated => ({ ...b, existed: a.existed + b.existed })
