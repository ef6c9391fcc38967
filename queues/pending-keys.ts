import type { Redis } from 'ioredis'
import { encodeId } from '../model/ids.ts'
import { type AcceptedEvent, namesOf } from '../model/new-events.ts'
import { oldest, parseTimestamp } from '../model/timestamp.ts'

/** What every part of `Pending` works with. */
export interface PendingDeps {
  redis: Redis
  keys: ReturnType<typeof createPendingKeys>
}

/** Where pending events are, in the queues' Redis; `lua/accept.lua` says what each key holds. */
export function createPendingKeys(prefix: string) {
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
      /** How many times events were taken out of what is pending. It lives for a minute after the last time. */
      settlements: `${pending}:settlements`,
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

/**
 * The event's places on timelines as the scripts take them, behind how many they are: places of one entity sort by time,
 * then by event id, as timelines do.
 */
export function placesOf(event: AcceptedEvent): [number, ...string[]] {
  const at = (parseTimestamp(event.timestamp) ?? oldest) + 2n ** 63n
  const time = String(at).padStart(timeDigits, '0')
  const places = namesOf(event).map(id => `${encodeId(id, 'entityId')}:${time}:${event.event_id}`)
  return [places.length, ...places]
}
