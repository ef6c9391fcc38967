import { HearthError } from '../model/errors.ts'
import type { AcceptedEvent } from '../model/new-events.ts'
import type { PendingReader } from '../model/source.ts'
import { readablePending } from '../model/with-pending.ts'
import type { Pending } from '../queues/pending.ts'
import type { World } from '../world/world.ts'
import { createOwnEvents, type OwnEvents, type OwnEventsOptions } from './own-events.ts'

/** Pending events for loads of timelines; of what is private, that it is hidden. */
export interface ReadableEvents extends PendingReader, Pick<OwnEvents, 'remember' | 'bytes' | 'close'> {}

interface PendingReaderDeps extends OwnEventsOptions {
  pending: Pick<Pending<AcceptedEvent>, 'newest' | 'stillPending'>
  world: Pick<World, 'readable'>
}

export function createPendingReader(deps: PendingReaderDeps): ReadableEvents {
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
