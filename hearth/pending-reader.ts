import { HearthError } from '../model/errors.ts'
import type { PendingReader } from '../model/source.ts'
import { readablePending } from '../model/with-pending.ts'
import type { Pending } from '../queues/pending.ts'
import type { World } from '../world/world.ts'
import { createOwnEvents, type OwnEventsOptions } from './own-events.ts'

interface PendingReaderDeps extends OwnEventsOptions {
  pending: Pick<Pending, 'newest' | 'stillPending'>
  world: Pick<World, 'readable'>
}

/** Pending events for loads of timelines; of what is private, that it is hidden. */
export function createPendingReader(deps: PendingReaderDeps) {
  const { pending, world } = deps
  const own = createOwnEvents(deps)
  const newestPending: PendingReader['newestPending'] = async (worldId, entityIds, { limit, unstored }) => {
    const found = await pending.newest(worldId, entityIds, limit).catch(error => {
      if (!unstored || !(error instanceof HearthError && error.code === 'QueueUnavailable')) throw error
      return entityIds.map(id => own.of(worldId, id))
    })
    return found.map(events => events.map(event => readablePending(world, event)))
  }
  return Object.assign(own, { newestPending })
}

export type ReadableEvents = ReturnType<typeof createPendingReader>
