import type { Json } from '../../model/json.ts'
import type { NewEvent } from '../../model/world-data.ts'
import { character, event, full, own, place, scrambled, thing } from './made.ts'
import type { ContractParts } from './setup.ts'

export function describeTimelines(parts: ContractParts): void {
  parts.describe('timelines', () => {
    testOrder(parts)
    testRepeats(parts)
    testContent(parts)
    testPrivacy(parts)
  })
}

function testOrder({ test, expect, world, setup }: ContractParts): void {
  test('are null for the unknown, [] without events, in the order asked for', async () => {
    const [busy, idle, unknown] = [character(own('busy')), character(own('idle')), own('unknown')]
    const { worldId, add } = await setup(busy, idle)
    const one = event(own('e'), '0001-01-01T00:00:00', [busy.id])
    await add(one)
    const seen = await world().timelines(worldId, [idle.id, busy.id, unknown, busy.id], 5)
    expect(seen).toEqual([[], [full(one)], null, [full(one)]])
  })

  test('are newest first, whatever the year and the offset, and keep the text of each timestamp', async () => {
    const { id } = character(own('c'))
    const { add, timeline } = await setup(character(id))
    const newestFirst = [
      '+12024-01-01T00:00:00',
      '1042-03-01T12:00:00.500001',
      '1042-03-01T12:00:00.5Z',
      '1042-03-01T10:30:00-01:00',
      '1042-03-01T11:00:00',
      '1042-03-01T12:30:00+02:00',
      '1042-02-28',
      '0100-01-01T00:00:00',
      '0099-12-31T23:59:59',
      '0001-01-01T00:00:00',
      '0000-12-31T00:00:00',
      '-0001-06-01T00:00:00',
      '-0209-06-02T00:00:00',
      '-0209-06-01T00:00:00',
    ]
    const events = newestFirst.map(timestamp => event(own('e'), timestamp, [id]))
    await add(...scrambled(events))
    expect((await timeline(id))?.map(seen => seen.timestamp)).toEqual(newestFirst)
  })

  test('order by event_id, descending, what shares a timestamp, however it is written', async () => {
    const { id } = character(own('c'))
    const { add, eventIds } = await setup(character(id))
    const names = ['🐉', 'b', 'a:2', 'a', 'B', '9', '10'].map(name => `${id} ${name}`)
    const same = ['0005-01-01T00:00:00', '0005-01-01T00:00:00Z', '0005-01-01T01:00:00+01:00', '0005-01-01']
    const events = names.map((name, i) => event(name, same[i % same.length] ?? '', [id]))
    await add(...scrambled(events))
    expect(await eventIds(id)).toEqual(names)
    for (const limit of [1, 3, names.length]) expect(await eventIds(id, limit)).toEqual(names.slice(0, limit))
  })

  test('hold the events of every entity that takes part, and of the place', async () => {
    const [a, b, o, l] = [character(own('a')), character(own('b')), thing(own('o')), place(own('l'))]
    const { add, eventIds } = await setup(a, b, o, l)
    const first = event(own('e1'), '0001-01-01T00:00:00', [a.id, o.id], l.id)
    const second = event(own('e2'), '0002-01-01T00:00:00', [a.id, b.id, l.id], l.id)
    await add(second, first)
    expect(await eventIds(a.id)).toEqual([second.event_id, first.event_id])
    expect(await eventIds(b.id)).toEqual([second.event_id])
    expect(await eventIds(o.id)).toEqual([first.event_id])
    expect(await eventIds(l.id)).toEqual([second.event_id, first.event_id])
  })

  test('of a thousand entities come in one batch', async () => {
    const ids = Array.from({ length: 1000 }, (_, i) => own(`c${i}`))
    const { worldId, add } = await setup(...ids.map(id => character(id)))
    const next = (i: number) => ids[(i + 1) % 1000] ?? ''
    await add(...ids.map((id, i) => event(own(`e${i}`), '0001-01-01T00:00:00', [id, next(i)])))
    const seen = await world().timelines(worldId, ids, 1)
    expect(seen.map(events => events?.length)).toEqual(ids.map(() => 1))
    expect(seen.every((events, i) => events?.[0]?.participants.includes(ids[i] ?? ''))).toBe(true)
  })
}

function testRepeats({ test, expect, setup }: ContractParts): void {
  test('take an event once, however often it is added, and at its place in time', async () => {
    const { id } = character(own('c'))
    const { add, timeline, eventIds } = await setup(character(id))
    const [old, middle, recent] = ['0001', '0002', '0003'].map(year =>
      event(own(`e${year}`), `${year}-01-01T00:00:00`, [id, id]),
    ) as [NewEvent, NewEvent, NewEvent]
    await add(recent, old)
    await add(middle, recent, middle)
    await add(old)
    expect(await eventIds(id)).toEqual([recent, middle, old].map(each => each.event_id))
    expect(await timeline(id, 2)).toEqual([full(recent), full(middle)])
  })

  test('take an event that is added again with other fields as it is now, wherever it stands', async () => {
    const [a, b, late] = [character(own('a')), character(own('b')), character(own('late'))]
    const { add, timeline, eventIds } = await setup(a, b, late)
    const told = { ...event(own('told'), '0001-01-01T00:00:00', [a.id, b.id]), tags: ['kept'] }
    const other = event(own('other'), '0002-01-01T00:00:00', [a.id, b.id])
    expect(await add(told, other)).toEqual([])
    const { event_id } = told
    const retold = { event_id, timestamp: '0003-01-01T00:00:00', participants: [a.id, late.id] }
    expect((await add(retold)).toSorted()).toEqual([a.id, b.id, late.id].toSorted())
    const seen = { ...full(told), ...retold }
    for (const { id } of [a, b]) expect(await timeline(id)).toEqual([seen, full(other)])
    expect(await eventIds(late.id)).toEqual([told.event_id])
    await add({ ...retold, title: 'Renamed' })
    expect(await timeline(late.id, 1)).toEqual([{ ...seen, title: 'Renamed' }])
    expect(await eventIds(a.id)).toHaveLength(2)
  })
}

function testContent({ test, expect, world, setup }: ContractParts): void {
  test('keep all fields of an event', async () => {
    const [c, l] = [character(own('c')), place(own('l'))]
    const { add, timeline } = await setup(c, l)
    const consequences: Json[] = [
      { a: [1, null, { b: 'x' }] },
      ['x', 1],
      'some text',
      '12',
      '{"a":1}',
      7,
      true,
      null,
    ]
    const told = consequences.map((consequence, i) => ({
      event_id: own(`e${i}`),
      event_type: 'quarrel',
      title: 'A "title" with 🐉',
      description: 'Two\nlines',
      timestamp: `0001-01-0${9 - i}T00:00:00`,
      participants: [c.id, 'unknown: one', l.id],
      location_id: l.id,
      consequences: consequence,
      emotional_impact: i % 2 ? -0.75 : 1,
      significance_level: 10,
      tags: ['a', 'b c', '{}'],
      metadata: { season: 'autumn', nested: { list: [1, 'x', null] } },
    }))
    await add(...told)
    expect(await timeline(c.id)).toEqual(told)
  })

  test('give no timeline to names that the world does not know, until it does', async () => {
    const [c, late] = [character(own('c')), character(own('late'))]
    const { worldId, add, timeline } = await setup(c)
    const one = event(own('e'), '0001-01-01T00:00:00', [c.id, late.id], own('nowhere'))
    await add(one)
    expect(await timeline(c.id)).toEqual([full(one)])
    expect(await timeline(late.id)).toBeNull()
    await world().putEntities(worldId, [late])
    expect(await timeline(late.id)).toEqual([])
    await add(one)
    expect(await timeline(late.id)).toEqual([full(one)])
    expect(await timeline(c.id)).toEqual([full(one)])
  })
}

function testPrivacy({ test, expect, setup, markEventPrivate }: ContractParts): void {
  test('leave private events out, and fill up to the limit without them', async () => {
    const { id } = character(own('c'))
    const { worldId, add, timeline } = await setup(character(id))
    const events = ['0001', '0002', '0003', '0004'].map(year =>
      event(own(year), `${year}-01-01T00:00:00`, [id]),
    )
    const [oldest, older, hidden, newest] = events as [NewEvent, NewEvent, NewEvent, NewEvent]
    const marked = { ...hidden, private: true }
    await add(oldest, older, markEventPrivate ? hidden : marked, newest)
    await markEventPrivate?.(worldId, hidden.event_id)
    expect(await timeline(id)).toEqual([full(newest), full(older), full(oldest)])
    expect(await timeline(id, 2)).toEqual([full(newest), full(older)])
  })

  test('lose private fields of their events, nested too', async () => {
    const { id } = character(own('c'))
    const { add, timeline } = await setup(character(id))
    const one = event(own('e'), '0001-01-01T00:00:00', [id])
    const told = {
      consequences: [{ playerEmail: 'x', kind: 'k' }],
      metadata: { account: { password: 'x', level: 1 } },
    }
    await add({ ...one, ...told })
    const seen = { consequences: [{ kind: 'k' }], metadata: { account: { level: 1 } } }
    expect(await timeline(id)).toEqual([{ ...full(one), ...seen }])
  })
}
