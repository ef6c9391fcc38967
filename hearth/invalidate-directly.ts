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

/** Changes of one world that are under way; they wait for no other world's. */
interface WorldChanges {
  /** Entries that are not answered yet. */
  entries: number
  /** When Redis last answered a call. */
  answeredAt: number
  /** What found nothing else under way. */
  first: Promise<Invalidated> | undefined
  /** Of what came while that was under way. */
  batcher: ReturnType<typeof createBatcher<Entry, Invalidated>> | undefined
}

export function createDirect({ cache, timeoutMs }: DirectDeps): InvalidateDirectly {
  const worlds = new Map<string, WorldChanges>()
  let underWay = 0
  let isConnected = false
  void cache.firstConnected().then(() => {
    isConnected = true
  })

  const tooLate = () =>
    new HearthError('CacheUnavailable', `the cache's Redis did not answer within ${timeoutMs} ms`)

  /** Until it is done, or Redis has answered no call of the world for as long as it may take for one. */
  async function whileAnswered<T>(
    world: WorldChanges,
    work: Promise<T>,
    from = performance.now(),
  ): Promise<T> {
    let isLate = false
    const limitMs = timeoutMs * (1 + Math.min(underWay, maxAtOnce) / slowerBy)
    const late = () => {
      isLate = true
      return tooLate()
    }
    try {
      return await within(Math.max(0, from + limitMs - performance.now()), work, late)
    } catch (error) {
      if (!isLate || world.answeredAt <= from) throw error
      return whileAnswered(world, work, world.answeredAt)
    }
  }

  const openBatcher = (worldId: string, world: WorldChanges) =>
    createBatcher<Entry, Invalidated>({
      keyOf: ({ key }) => key,
      async send(entries) {
        const invalidated = await cache.direct.invalidate(worldId, entries)
        world.answeredAt = performance.now()
        return invalidated
      },
      largest: maxAtOnce,
      gather: false,
      after: world.first,
    })

  function openWorld(worldId: string): WorldChanges {
    const world = { entries: 0, answeredAt: 0, first: undefined, batcher: undefined }
    worlds.set(worldId, world)
    return world
  }

  /** A change that finds no other of its world under way passes no batch: nothing stands between it and Redis. */
  function send(worldId: string, world: WorldChanges, entries: readonly Entry[]): Promise<Invalidated> {
    if (world.entries === 0 && entries.length <= maxAtOnce) {
      world.first = cache.direct.invalidate(worldId, entries)
      return world.first
    }
    cache.memory.drop(entries) // here, since they wait
    world.batcher ??= openBatcher(worldId, world)
    return world.batcher.add(entries).then(all => all.reduce(later))
  }

  function begin(worldId: string, entries: readonly Entry[]) {
    const world = worlds.get(worldId) ?? openWorld(worldId)
    const invalidating = send(worldId, world, entries)
    underWay += entries.length
    world.entries += entries.length
    const ended = () => {
      underWay -= entries.length
      world.entries -= entries.length
      if (world.entries === 0) worlds.delete(worldId)
    }
    invalidating.then(() => {
      world.answeredAt = performance.now()
      ended()
    }, ended)
    return { world, invalidating }
  }

  async function invalidate(worldId: string, entries: readonly Entry[]): Promise<Invalidated | undefined> {
    const version = cache.keys.version(worldId)
    if (!cache.cacheState.breakerOf(version).closed || underWay + entries.length > maxUnderWay) {
      cache.memory.drop(entries)
      cache.cacheState.doubt(version)
      return undefined
    }
    const { world, invalidating } = begin(worldId, entries)
    try {
      return await whileAnswered(world, invalidating)
    } catch (error) {
      if (!(error instanceof HearthError && error.code === 'CacheUnavailable')) throw error
      cache.cacheState.doubt(version, invalidating)
      return undefined
    }
  }

  return (worldId, targets) => {
    const entries = targets.map(target => cache.keys.entryOf(worldId, target))
    if (isConnected) return invalidate(worldId, entries)
    cache.memory.drop(entries)
    return cache.firstConnected().then(() => invalidate(worldId, entries))
  }
}

const later = (a: Invalidated, b: Invalidated): Invalidated => ({ ...b, existed: a.existed + b.existed })
