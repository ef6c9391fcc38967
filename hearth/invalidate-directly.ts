import type { Cache } from '../cache/cache.ts'
import type { Invalidated } from '../cache/leases.ts'
import { HearthError } from '../model/errors.ts'
import { groupBy } from '../model/group-by.ts'
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

interface Stale {
  worldId: string
  target: Target
}

/** As much as one change may name: it is made stale in one step. */
const maxAtOnce = 10_000
/** What Redis and this process may take the usual time for once more. So the largest batch has three times as long. */
const slowerBy = 5_000
/** What may be under way in this process; beyond, a change is left to the outbox at once. */
const maxUnderWay = 100_000

export interface DirectDeps {
  cache: Pick<Cache, 'keys' | 'direct' | 'memory' | 'firstConnected' | 'breaker' | 'cacheState'>
  /** How long Redis may take for a batch of some targets; for the largest three times as long. Milliseconds. */
  timeoutMs: number
}

export function createDirect({ cache, timeoutMs }: DirectDeps): InvalidateDirectly {
  let underWay = 0
  let answeredAt = 0
  const batcher = createBatcher<Stale, Map<string, Invalidated>>({
    keyOf: stale => JSON.stringify(stale),
    send: invalidateWorlds,
    largest: maxAtOnce,
    gather: false,
  })

  async function invalidateWorlds(stale: readonly Stale[]): Promise<Map<string, Invalidated>> {
    const byWorld = groupBy(stale, ({ worldId }) => worldId)
    const done = Array.from(byWorld, async ([worldId, batch]) => {
      const entries = batch.map(({ target }) => cache.keys.entryOf(worldId, target))
      return [worldId, await cache.direct.invalidate(worldId, entries)] as const
    })
    const answers = new Map(await Promise.all(done))
    answeredAt = performance.now()
    return answers
  }

  const tooLate = () =>
    new HearthError('CacheUnavailable', `the cache's Redis did not answer within ${timeoutMs} ms`)

  /** Until it is done, or Redis has answered no batch for as long as it may take for one. */
  async function whileAnswered<T>(work: Promise<T>): Promise<T> {
    for (let from = performance.now(); ; from = answeredAt) {
      let isLate = false
      const limitMs = timeoutMs * (1 + Math.min(underWay, maxAtOnce) / slowerBy)
      try {
        return await within(Math.max(0, from + limitMs - performance.now()), work, () => {
          isLate = true
          return tooLate()
        })
      } catch (error) {
        if (!isLate || answeredAt <= from) throw error
      }
    }
  }

  return async (worldId, targets) => {
    cache.memory.drop(targets.map(target => cache.keys.entryOf(worldId, target)))
    await cache.firstConnected()
    if (!cache.breaker.closed || underWay + targets.length > maxUnderWay) {
      cache.cacheState.doubt()
      return undefined
    }
    underWay += targets.length
    const invalidating = batcher
      .add(targets.map(target => ({ worldId, target })))
      .finally(() => (underWay -= targets.length))
    try {
      const batches = await whileAnswered(invalidating)
      return batches.map(worlds => worlds.get(worldId) as Invalidated).reduce(later)
    } catch (error) {
      if (!(error instanceof HearthError && error.code === 'CacheUnavailable')) throw error
      cache.cacheState.doubt(invalidating)
      return undefined
    }
  }
}

const later = (a: Invalidated, b: Invalidated): Invalidated => ({ ...b, existed: a.existed + b.existed })
