import { expect, test } from 'vitest'
import { compareEvents } from '../../model/timestamp.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'
import { holdLoads } from '../support/held-world.ts'

test('a world of 100,000 entities is paged completely, and the newest events of a long timeline are read', async () => {
  const world = embeddedWorld()
  await world.saveSnapshot('w', {})
  const ids = Array.from({ length: 100_000 }, (_, i) => `c${i}`)
  await world.putEntities(
    'w',
    ids.map(id => ({ type: 'character', id, name: null, props: {} })),
  )
  const seen = new Set<string>()
  let last: { type: 'character'; id: string } | undefined
  for (;;) {
    const page = await world.members('w', last ? { after: last, limit: 1000 } : { limit: 1000 })
    if (page.length === 0) break
    for (const { id } of page) seen.add(id)
    last = { type: 'character', id: page.at(-1)?.id ?? '' }
  }
  expect(seen.size).toBe(100_000)

  const years = Array.from({ length: 20_000 }, (_, i) => String((i * 7919) % 9973).padStart(4, '0'))
  const events = years.map((year, i) => ({
    event_id: `e${i}`,
    timestamp: `${year}-01-01`,
    participants: ['c0'],
  }))
  await world.addEvents('w', events)
  const [timeline] = await world.timelines('w', ['c0'], 50)
  const newest = events.sort(compareEvents).slice(0, 50)
  expect(timeline?.map(event => event.event_id)).toEqual(newest.map(event => event.event_id))
})

test('an event without a readable timestamp is refused, and none of its batch is added', async () => {
  const world = embeddedWorld()
  await world.saveSnapshot('w', {})
  await world.putEntities('w', [{ type: 'character', id: 'c', name: null, props: {} }])
  const good = { event_id: 'good', timestamp: '0001-01-01', participants: ['c'] }
  const adding = world.addEvents('w', [good, { ...good, event_id: 'bad', timestamp: 'soon' }])
  await expect(adding).rejects.toMatchObject({
    code: 'InvalidInput',
    message: expect.stringContaining('"bad"'),
  })
  expect(await world.timelines('w', ['c'], 5)).toEqual([[]])
})

test('privacy options apply to reads', async () => {
  const world = embeddedWorld({ privacy: { privateNames: ['mana'], fields: { character: ['email'] } } })
  await world.saveSnapshot('w', {})
  await world.putEntities('w', [{ type: 'character', id: 'c', name: 'C', props: { email: 'e', level: 1 } }])
  expect(await world.setFlags('w', { mana_pool: 1, token: 't' })).toEqual({ token: 't' })
  const seen = { id: 'c', type: 'character', name: 'C', email: 'e' }
  expect(await world.entities('w', [{ type: 'character', id: 'c' }])).toEqual([seen])
})

test('a held load returns what it had read before the hold, and is counted', async () => {
  const world = holdLoads(embeddedWorld())
  await world.saveSnapshot('w', { world_name: 'old' })
  const late = world.holdNextLoad({ method: 'flags', at: 'before-reading' })
  const early = world.holdNextLoad()
  const [snapshot, flags] = [world.snapshot('w'), world.flags('w')]
  await Promise.all([early.started, late.started])
  await world.saveSnapshot('w', { world_name: 'new' })
  await world.setFlags('w', { a: 1 })
  early.release()
  late.release()
  expect((await snapshot)?.world_name).toBe('old')
  expect(await flags).toEqual({ a: 1 })

  await world.timelines('w', ['x', 'y'], 5)
  await world.timelines('w', ['y'], 5)
  expect([world.loads, world.loadsOf('timelines'), world.loadsOfId('timelines', 'y')]).toEqual([4, 2, 2])
  expect([world.loadsOfId('timelines', 'x'), world.loadsOfId('entities', 'x')]).toEqual([1, 0])
})

test('a field named __proto__ is an ordinary field', async () => {
  const world = embeddedWorld()
  await world.saveSnapshot('w', {})
  const flags = JSON.parse('{"__proto__": {"a": 1}, "b": {"__proto__": 2}}')
  expect(JSON.stringify(await world.setFlags('w', flags))).toBe(JSON.stringify(flags))
})
