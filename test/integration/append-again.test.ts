import fc from 'fast-check'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startPool } from '../../jobs/pool/pool.ts'
import type { AppendedEvent } from '../../model/new-events.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import { neo4jAuth } from '../support/servers.ts'
import { fresh, openHearth } from '../support/setup.ts'

const topK = 3
const entities = ['c0', 'c1', 'c2', 'c3']

/** A world in Neo4j whose timelines hold more events than are cached, and workers that flush. */
async function openWorld() {
  const world = neo4jWorld(neo4jAuth())
  const { hearth, place } = openHearth({ world, topK })
  const pool = await startPool({ ...place, deps: hearth.jobDeps() })
  onTestFinished(() => pool.close(1_000))
  const worldId = fresh()
  const [ids, own] = [entities.map(id => `${id} ${worldId}`), (id: string) => `${id} ${worldId}`]
  await world.saveSnapshot(worldId, {})
  await world.putEntities(
    worldId,
    ids.map(id => ({ type: 'character', id, name: id, props: {} })),
  )
  const read = async () => (await hearth.timelines(worldId, ids)).values()
  return {
    hearth,
    world,
    worldId,
    ids,
    own,
    read: async () => [...(await read())],
    truth: () => world.timelines(worldId, ids, topK),
    flushed: () =>
      vi.waitFor(async () => expect((await hearth.pending.first(worldId, 1)).pending).toBe(0), {
        timeout: 30_000,
        interval: 20,
      }),
  }
}

test('the fields that an event keeps when it is appended again with some fields are read after its flush', async () => {
  const { hearth, world, worldId, ids, own, read, truth, flushed } = await openWorld()
  const [c0 = '', c1 = '', c2 = ''] = ids
  const told = { event_id: own('e'), timestamp: '0001-01-01', participants: [c0, c1], description: 'kept' }
  await world.addEvents(worldId, [{ ...told, title: 'Old', tags: ['kept'], metadata: { kept: true } }])
  await read()
  const again = { event_id: told.event_id, timestamp: '0002-01-01', participants: [c2], title: 'New' }
  expect(await hearth.appendEvents(worldId, [again])).toMatchObject({ outcome: 'visible' })
  expect((await hearth.timeline(worldId, c2))[0]).toMatchObject({ title: 'New', timestamp: '0002-01-01' })
  await flushed()
  const now = { ...told, ...again, tags: ['kept'], metadata: { kept: true } }
  expect(await read()).toMatchObject([[now], [now], [now], []])
  expect(await read()).toEqual(await truth())
})

test('an event that two calls, or two events of one call, make private is hidden on the timelines of both', async () => {
  const { hearth, world, worldId, ids, own, read, truth, flushed } = await openWorld()
  const [c0 = '', c1 = '', c2 = '', c3 = ''] = ids
  const event = (participants: string[]) => ({ event_id: own('e'), timestamp: '0001-01-01', participants })
  await world.addEvents(worldId, [event(ids)])
  expect(await read(), 'warm').toMatchObject([[event(ids)], [event(ids)], [event(ids)], [event(ids)]])
  await hearth.appendEvents(worldId, [
    { ...event([c0]), private: true },
    { ...event([c1]), timestamp: '0002-01-01', private: true },
  ])
  await hearth.appendEvents(worldId, [{ ...event([c2]), private: true }])
  expect((await read()).slice(0, 3), 'not yet flushed').toEqual([[], [], []])
  await hearth.invalidate(worldId, 'all')
  expect((await read()).slice(0, 3), 'loaded').toEqual([[], [], []])
  await flushed()
  expect(await hearth.timeline(worldId, c3)).toEqual([])
  expect(await read()).toEqual(await truth())
  const { redis } = hearth.cache // of the same server
  const left = await redis.keys(`*${worldId}:pending:*`)
  expect(left).toEqual([expect.stringMatching(/:pending:settlements$/)])
  const leftMs = await redis.pttl(left[0] as string)
  expect(leftMs > 0 && leftMs <= 60_000, `${leftMs} ms`).toBe(true)
})

test('whatever is appended again, cached timelines equal those of Neo4j after the flush', async () => {
  const { hearth, world, worldId, ids, own, read, truth, flushed } = await openWorld()
  const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
  const text = fc.option(fc.string({ maxLength: 5 }), { nil: null })
  const event = fc
    .record({
      n: fc.nat({ max: 9 }),
      year: fc.integer({ min: 1, max: 30 }),
      participants: some(fc.subarray(ids)),
      location_id: some(fc.constantFrom(null, ...ids)),
      title: some(text),
      description: some(text),
      consequences: some(fc.constantFrom(null, ['x'], { a: 1 })),
      significance_level: some(fc.constantFrom(null, 3)),
      tags: some(fc.constantFrom([], ['a', 'b'])),
      metadata: some(fc.constantFrom({}, { mood: 'low' })),
      private: some(fc.boolean()),
    })
    .map(({ n, year, ...fields }): AppendedEvent & { event_id: string } => {
      const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
      return { ...given, event_id: own(`e${n}`), timestamp: `00${String(year).padStart(2, '0')}-01-01` }
    })
  const batches = fc.sample(fc.array(event, { minLength: 1, maxLength: 4 }), 12)
  await world.addEvents(
    worldId,
    Array.from({ length: 8 }, (_, i) => ({
      event_id: own(`e${i}`),
      timestamp: `00${10 + i}-06-01`,
      participants: ids,
      title: `Old ${i}`,
      description: 'kept',
      tags: ['kept'],
      metadata: { kept: i },
      significance_level: 5,
    })),
  )
  await read()
  for (const batch of batches) {
    await hearth.appendEvents(worldId, batch)
    const shown = await read()
    for (const { event_id, ...each } of batch.filter(event => event.private)) {
      if (batch.find(event => event.event_id === event_id)?.private !== true) continue
      const named = ids.map(id => each.participants?.includes(id) || each.location_id === id)
      const seen = shown.map((timeline, i) => named[i] && timeline.some(event => event.event_id === event_id))
      expect(seen, `${event_id} of ${JSON.stringify(batch)}`).not.toContain(true)
    }
    await flushed()
    expect(await read(), JSON.stringify(batch)).toEqual(await truth())
  }
})
