import { HearthError } from './errors.ts'
import type { Pending } from './queues/pending.ts'
import type { PendingReader } from './world/loads.ts'
import { type AcceptedEvent, namesOf } from './world/new-events.ts'
import { readablePending } from './world/with-pending.ts'
import type { World } from './world/world.ts'

/** Pending events for those who load timelines; of what is private, that it is hidden. */
export interface ReadableEvents extends PendingReader {
  /** Keeps some of what this process has accepted itself, for when the queues' Redis does not answer. */
  remember(worldId: string, events: readonly AcceptedEvent[]): void
}

const mostTimelines = 2_000
const mostEvents = 50

export function createPendingReader({
  pending,
  world,
}: {
  pending: Pick<Pending<AcceptedEvent>, 'standing'>
  world: Pick<World, 'readable'>
}): ReadableEvents {
  /** The last events of a timeline, the last used timeline last. */
  const own = new Map<string, AcceptedEvent[]>()
  const keyOf = (worldId: string, entityId: string) => JSON.stringify([worldId, entityId])

  function remember(worldId: string, entityId: string, event: AcceptedEvent): void {
    const key = keyOf(worldId, entityId)
    const events = own.get(key) ?? []
    own.delete(key)
    own.set(key, events)
    events.push(event)
    if (events.length > mostEvents) events.shift()
    if (own.size > mostTimelines) for (const [oldest] of own) return void own.delete(oldest)
  }

  return {
    remember(worldId, events) {
      for (const event of events) for (const id of namesOf(event)) remember(worldId, id, event)
    },

    async standing(worldId, entityIds, { limit, unstored }) {
      const found = await pending.standing(worldId, entityIds, limit).catch(error => {
        if (!unstored || !(error instanceof HearthError && error.code === 'QueueUnavailable')) throw error
        return entityIds.map(id => own.get(keyOf(worldId, id)) ?? [])
      })
      return found.map(events => events.map(event => readablePending(world, event)))
    },
  }
}
