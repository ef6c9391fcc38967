import { LRUCache } from 'lru-cache'
import { HearthError } from '../model/errors.ts'
import type { PendingReader } from '../model/source.ts'
import { readablePending } from '../model/with-pending.ts'
import type { Pending } from '../queues/pending.ts'
import type { PendingOnTimelines } from '../queues/pending-reads.ts'
import { awaitedLater } from '../resilience/awaited-later.ts'
import type { World } from '../world/world.ts'
import { createOwnEvents, type OwnEventsOptions } from './own-events.ts'

interface PendingReaderDeps extends OwnEventsOptions {
  pending: Pick<Pending, 'newest' | 'stillPending'>
  world: Pick<World, 'readable'>
}

/** A look at a world in which nothing was pending. */
interface EmptyLook {
  settlements: string | null
  /** When it was answered, by `performance.now()`. */
  at: number
}

/** No longer than a flush gathers events, so that it is unlikely that one was accepted and settled since. Milliseconds. */
const freshMs = 200
/** Worlds in which nothing was pending a moment ago. */
const maxWorlds = 1_000

/** Pending events for loads of timelines; of what is private, that it is hidden. */
export function createPendingReader(deps: PendingReaderDeps) {
  const { pending, world } = deps
  const own = createOwnEvents(deps)
  const emptyLooks = new LRUCache<string, EmptyLook>({ max: maxWorlds })

  async function look({ worldId, entityIds, limit, unstored }: Asked): Promise<PendingOnTimelines> {
    try {
      const found = await pending.newest(worldId, entityIds, limit)
      const { isNone, settlements } = found
      if (isNone && settlements !== undefined) emptyLooks.set(worldId, { settlements, at: performance.now() })
      else emptyLooks.delete(worldId)
      return found
    } catch (error) {
      if (!unstored || !(error instanceof HearthError && error.code === 'QueueUnavailable')) throw error
      const events = entityIds.map(id => own.of(worldId, id))
      return { events, isNone: false, settlements: undefined }
    }
  }

  /**
   * First what is pending, then the source: an event that moves from the one to the other is found in either. Where
   * nothing was pending a moment ago both are asked at once, and the source once more if anything was settled since.
   */
  const withPending: PendingReader['withPending'] = async (asked, load) => {
    const before = emptyLooks.get(asked.worldId)
    const isFresh = before !== undefined && performance.now() - before.at < freshMs
    const beside = isFresh ? awaitedLater(load()) : undefined
    const { events, settlements } = await look(asked)
    const isWhole = beside !== undefined && settlements === before?.settlements
    const loaded = await (isWhole ? beside : load())
    return { loaded, pending: events.map(some => some.map(event => readablePending(world, event))) }
  }
  return Object.assign(own, { withPending })
}

type Asked = Parameters<PendingReader['withPending']>[0]

export type ReadableEvents = ReturnType<typeof createPendingReader>
