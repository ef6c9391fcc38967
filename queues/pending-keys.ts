import type { Redis } from 'ioredis'

/** An event as what keeps it sees it. */
export interface Identified {
  event_id: string
}

/** What every part of `Pending` works with. */
export interface PendingDeps<Event> {
  redis: Redis
  keys: ReturnType<typeof createPendingKeys>
  /** An id as it stands in a key; without colons. */
  encodeId(id: string, field: string): string
  /** Whose timelines an event stands on, and the time that orders it there, in microseconds since 1970. */
  standsOn(event: Event): { entityIds: readonly string[]; at: bigint; isPrivate: boolean }
}

/** Where pending events are, in the queues' Redis. */
export function createPendingKeys(prefix: string, encodeId: PendingDeps<unknown>['encodeId']) {
  /** Set: worlds that have pending events. */
  const worlds = `${prefix}:lw:worlds:pending`
  /** Set: worlds that have events which were set aside. */
  const deadWorlds = `${prefix}:lw:worlds:dead`
  const of = (worldId: string) => {
    const pending = `${prefix}:lw:world:${encodeId(worldId, 'worldId')}:pending`
    return {
      /** Hash: event id, JSON. */
      events: `${pending}:events`,
      /** Sorted set: event id, when accepted (µs, each its own). */
      order: `${pending}:order`,
      /** Sorted set: entity:at:event. */
      places: `${pending}:places`,
      /** Set: event ids that may be in no cache yet. */
      unseen: `${pending}:unseen`,
      /** Hash: event id, JSON, of those that were set aside. */
      dead: `${pending}:dead`,
      /** Set: ids of events that no reader may see. */
      hidden: `${pending}:private`,
      /** Hash: id of a private event, JSON list of places where it is hidden besides its own. */
      hiddenPlaces: `${pending}:hidden-places`,
      /** The lock of the process that flushes the world. */
      flushing: `${pending}:flushing`,
    }
  }
  return {
    of,
    /** As `accept.lua` and `settle.lua` take them. */
    inOrder(worldId: string) {
      const { events, order, places, unseen, dead, hidden, hiddenPlaces } = of(worldId)
      return [events, order, places, unseen, dead, worlds, deadWorlds, hidden, hiddenPlaces]
    },
    worlds,
    deadWorlds,
    /** A key that is never there, for writes that change nothing. */
    probe: `${prefix}:lw:pending:probe`,
  }
}

/** Longer than the digits of any time, so that they sort as text. Microseconds fit 64 bits, with their sign. */
const timeDigits = 20

/** An event's place on a timeline: places of one entity sort by time, then by event id, as timelines do. */
export const placeOf = (entity: string, at: bigint, eventId: string): string =>
  `${entity}:${String(at + 2n ** 63n).padStart(timeDigits, '0')}:${eventId}`
