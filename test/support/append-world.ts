import { expect, vi } from 'vitest'
import type { AppendedEvent } from '../../model/new-events.ts'
import { namesOf } from '../../model/new-events.ts'
import type { OpenedHearth } from '../../tools/opened-hearth.ts'
import type { World } from '../../world/world.ts'

export const entityIds = Array.from({ length: 8 }, (_, i) => `c${i}`)

/** A world with entities and no events. */
export async function plantEntities(world: World, worldId: string): Promise<void> {
  await world.saveSnapshot(worldId, {})
  await world.putEntities(
    worldId,
    entityIds.map(id => ({ type: 'character', id, name: id, props: {} })),
  )
}

/** Event number `index`: on two or three timelines, its time not in the order of numbers. */
export function eventOf(index: number): AppendedEvent & { event_id: string } {
  const second = (index * 37) % 3_600
  const two = (n: number) => String(n).padStart(2, '0')
  return {
    event_id: `e${index}`,
    timestamp: `1042-03-01T12:${two(Math.floor(second / 60))}:${two(second % 60)}`,
    title: `number ${index}`,
    participants: [entityIds[index % 8] as string, entityIds[(index * 3 + 1) % 8] as string],
    location_id: index % 2 === 0 ? (entityIds[(index + 5) % 8] as string) : null,
  }
}

/** Every accepted event is flushed, in Neo4j once, on every timeline that it names; and the cache equals Neo4j. */
export async function expectTruth(
  { hearth, world, worldId }: { hearth: OpenedHearth; world: World; worldId: string },
  indexes: readonly number[],
): Promise<void> {
  await vi.waitFor(async () => expect(await hearth.pending.first(worldId, 1)).toMatchObject({ pending: 0 }), {
    timeout: 60_000,
    interval: 100,
  })
  const wanted = new Map<string, string[]>(entityIds.map(id => [id, []]))
  for (const index of indexes)
    for (const id of namesOf(eventOf(index))) wanted.get(id)?.push(eventOf(index).event_id)
  const truth = await world.timelines(worldId, entityIds, 10_000)
  const read = await hearth.timelines(worldId, entityIds)
  entityIds.forEach((id, i) => {
    const events = truth[i] ?? []
    expect(events.map(({ event_id }) => event_id).toSorted(), `in Neo4j, of ${id}`).toEqual(
      wanted.get(id)?.toSorted(),
    )
    expect(read.get(id), `as it is read, of ${id}`).toEqual(events.slice(0, 50))
  })
}
