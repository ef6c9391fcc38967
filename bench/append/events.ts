import type { StartedNeo4j } from '../../tools/servers/neo4j.ts'
import type { World } from '../../world/world.ts'

export interface Servers {
  cache: string
  queue: string
  neo4j: StartedNeo4j
}

export const entities = 200
const idOf = (n: number) => (n % 4 === 0 ? `l${n}` : `c${n}`)
export const ids = Array.from({ length: entities }, (_, n) => idOf(n))

/** A world of characters and locations, each with `eventsPerEntity` events on its timeline. */
export async function plant(world: World, worldId: string, eventsPerEntity: number): Promise<void> {
  await world.saveSnapshot(worldId, {})
  await world.putEntities(
    worldId,
    ids.map(id => ({ type: id.startsWith('l') ? 'location' : 'character', id, name: id, props: {} })),
  )
  const events = ids.flatMap((id, n) =>
    Array.from({ length: eventsPerEntity }, (_, i) => ({
      ...eventOf(n * eventsPerEntity + i),
      event_id: `old-${id}-${i}`,
      timestamp: new Date(Date.UTC(1041, 0, 1) + i * 60_000).toISOString(),
      participants: [id],
      location_id: null,
    })),
  )
  for (let from = 0; from < events.length; from += 1_000)
    await world.addEvents(worldId, events.slice(from, from + 1_000))
}

/** Event number `n`, like a game's: a character at a place, with about 300 bytes of text. */
export function eventOf(n: number) {
  const who = ids[(n * 7 + 1) % entities] as string
  const place = ids[(n * 4) % entities] as string
  return {
    event_id: `e${n}`,
    event_type: 'travel',
    title: `${who} arrives at ${place}`,
    description: `after nine days on the salt road, with a lame mule and news of rain. ${'x'.repeat(120)}`,
    timestamp: new Date(Date.UTC(1042, 2, 1) + n * 1_000).toISOString(),
    participants: [who],
    location_id: place,
    emotional_impact: 0.2,
    significance_level: 3,
    tags: ['road'],
    metadata: { season: 'autumn' },
  }
}
