/** Where the events are that were accepted and are not yet in the truth. All of it is in the queues' Redis. */
export interface PendingKeys {
  /** As the scripts take them: events, order, places, unseen, dead, worlds, worlds with dead events, private ones. */
  all(worldId: string): [string, string, string, string, string, string, string, string]
  /** Who flushes the world. */
  flushing(worldId: string): string
  /** Set: worlds that have pending events. */
  readonly worlds: string
  /** Set: worlds that have events which were set aside. */
  readonly deadWorlds: string
  /** A key that is never there, for writes that change nothing. */
  readonly probe: string
}

/** @param encodeId an id as it stands in a key, without colons */
export function createPendingKeys(
  prefix: string,
  encodeId: (id: string, field: string) => string,
): PendingKeys {
  const worlds = `${prefix}:lw:worlds:pending`
  const deadWorlds = `${prefix}:lw:worlds:dead`
  const keyOf = (worldId: string, part: string) =>
    `${prefix}:lw:world:${encodeId(worldId, 'worldId')}:pending:${part}`
  return {
    worlds,
    deadWorlds,
    probe: `${prefix}:lw:pending:probe`,
    flushing: worldId => keyOf(worldId, 'flushing'),
    all(worldId) {
      const key = (part: string) => keyOf(worldId, part)
      const own = [key('events'), key('order'), key('places'), key('unseen'), key('dead')] as const
      return [...own, worlds, deadWorlds, key('private')]
    },
  }
}

/** Longer than the digits of any time, so that they sort as text. Microseconds fit 64 bits, with their sign. */
const timeDigits = 20

/** An event's place on a timeline: places of one entity sort by time, then by event id, as timelines do. */
export const placeOf = (entity: string, at: bigint, eventId: string): string =>
  `${entity}:${String(at + 2n ** 63n).padStart(timeDigits, '0')}:${eventId}`
