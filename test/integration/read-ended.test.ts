import { expect, test, vi } from 'vitest'
import { fresh, openHearth, plantWorld } from '../support/setup.ts'

/** A hearth whose timeline of c0 was read once, and what its reads ask Redis from then on. */
async function setup() {
  const hits = vi.fn()
  const misses = vi.fn()
  const observer = { hit: hits, miss: misses }
  const { hearth, world } = openHearth({ near: false, readCounts: false, observer })
  const worldId = fresh()
  await plantWorld(world, worldId)
  await hearth.timeline(worldId, 'c0')
  const sent = vi.spyOn(hearth.cache.reads, 'sendCommand')
  const clear = () => {
    for (const spy of [hits, misses, sent]) spy.mockClear()
  }
  clear()
  return {
    hearth,
    world,
    worldId,
    hits,
    misses,
    clear,
    read: () => hearth.timeline(worldId, 'c0'),
    asked: () =>
      sent.mock.calls.map(([{ name }]) => name).filter(name => name === 'get' || name === 'evalsha'),
  }
}

test('a read after a change of this process asks for the lease at once, since there is nothing to get', async () => {
  const { hearth, world, worldId, read, asked, clear, hits, misses } = await setup()
  await hearth.changed(worldId, [{ kind: 'event-added', entityIds: ['c0'] }])
  clear()
  expect(await read()).toHaveLength(2)
  expect(asked(), 'the lease and the fill').toEqual(['evalsha', 'evalsha'])
  expect([hits.mock.calls.length, misses.mock.calls.length, world.loadsOf('timelines')]).toEqual([0, 1, 2])

  clear()
  await read()
  expect(asked()).toEqual(['get'])
  expect(hits).toHaveBeenCalledTimes(1)
})

test('what another process has stored meanwhile comes with the lease, and is a hit', async () => {
  const { hearth, world, worldId, read, asked, clear, hits, misses } = await setup()
  await hearth.changed(worldId, [{ kind: 'event-added', entityIds: ['c0'] }])
  const other = openHearth({ near: false, world }).hearth
  await other.timeline(worldId, 'c0')
  clear()
  expect(await read()).toHaveLength(2)
  expect(asked()).toEqual(['evalsha'])
  expect([hits.mock.calls.length, misses.mock.calls.length, world.loadsOf('timelines')]).toEqual([1, 0, 2])

  clear()
  await read()
  expect(asked(), 'it is asked for as usual again').toEqual(['get'])
})
