import { expect, test } from 'vitest'
import { appendLimits } from '../../hearth/append-cost.ts'
import type { AppendedEvent } from '../../model/new-events.ts'
import { fresh, openHearth, plantWorld } from '../support/setup.ts'

const eventOf = (i: number, names: number, bytes = 0): AppendedEvent & { event_id: string } => ({
  event_id: `e${i}`,
  timestamp: '2030-01-01T00:00:00',
  participants: Array.from({ length: names }, (_, n) => `c${n}`),
  description: 'x'.repeat(bytes),
})
const some = (count: number, names: number, bytes = 0) =>
  Array.from({ length: count }, (_, i) => eventOf(i, names, bytes))

async function openWorld(entities: number) {
  const { hearth, world } = openHearth({})
  const worldId = fresh()
  await plantWorld(world, worldId, { entities, events: 1 })
  await hearth.cache.ping()
  const pending = async () => (await hearth.pending.first(worldId, 1)).pending
  return { hearth, worldId, pending }
}

test.each([
  ['more places than one step of Redis should take', some(500, 250), /at most 10000 entities in all/],
  ['more bytes in all', some(10, 1, 900_000), /events: must be at most 8388608 bytes of JSON in all/],
  [
    'one event of more bytes',
    some(1, 1, 1_100_000),
    /events: 0: must be at most 1048576 bytes of JSON, is 11\d+/,
  ],
  ['more events', some(1_001, 0), /must be at most 1000/],
  ['more names of one event', some(1, 1_001), /0\.participants: must be at most 1000/],
])('%s: refused, and nothing is accepted', async (_, events, message) => {
  const { hearth, worldId, pending } = await openWorld(1)
  await expect(hearth.appendEvents(worldId, events)).rejects.toMatchObject({
    code: 'InvalidInput',
    message: expect.stringMatching(message),
  })
  expect(await pending()).toBe(0)
})

test('a call at the limits is visible at once, on every timeline that it names', async () => {
  const { hearth, worldId } = await openWorld(1_000)
  await hearth.timelines(worldId, ['c0', 'c999'])
  const events = some(10, 1_000, 1_000)
  expect(events.length * 1_000).toBe(appendLimits.places)
  expect(await hearth.appendEvents(worldId, events)).toMatchObject({ accepted: 10, outcome: 'visible' })
  for (const id of ['c0', 'c500', 'c999']) expect((await hearth.timeline(worldId, id)).length).toBe(11)
})

// Retried: on a busy machine Redis may need more than 250 ms for a megabyte, and the events are deferred.
test('one event of a megabyte on 800 timelines is visible on all of them, and memory stays flat', {
  retry: 2,
}, async () => {
  const { hearth, worldId } = await openWorld(1_000)
  await hearth.timelines(
    worldId,
    Array.from({ length: 1_000 }, (_, i) => `c${i}`),
  )
  const before = process.memoryUsage().rss
  expect(await hearth.appendEvents(worldId, some(1, 800, 1_000_000))).toMatchObject({ outcome: 'visible' })
  const grownMb = (process.memoryUsage().rss - before) / 1e6
  console.log(`[large appends] rss grew by ${grownMb.toFixed(0)} MB`)
  expect(grownMb).toBeLessThan(200)
  for (const id of ['c0', 'c799']) expect((await hearth.timeline(worldId, id)).length).toBe(2)
  expect((await hearth.timeline(worldId, 'c800')).length).toBe(1)
})
