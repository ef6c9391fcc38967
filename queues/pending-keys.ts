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

/** Where pending events are, in the queues' Redis; `lua/accept.lua` says what each key holds. */
export function createPendingKeys(prefix: string, encodeId: PendingDeps<unknown>['encodeId']) {
  const worlds = `${prefix}:lw:worlds:pending`
  const deadWorlds = `${prefix}:lw:worlds:dead`
  const of = (worldId: string) => {
    const pending = `${prefix}:lw:world:${encodeId(worldId, 'worldId')}:pending`
    return {
      events: `${pending}:events`,
      order: `${pending}:order`,
      places: `${pending}:places`,
      unseen: `${pending}:unseen`,
      dead: `${pending}:dead`,
      hidden: `${pending}:private`,
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
