import { type Json, jsonText, parseJsonText } from '../../model/json.ts'
import type { EntityRef, Member, NewEntity } from '../../model/world-data.ts'
import { character, event, member, own, place, read, thing } from './made.ts'
import type { ContractParts } from './setup.ts'

export function describeEntities(parts: ContractParts): void {
  parts.describe('entities', () => {
    testBatches(parts)
    testProperties(parts)
    testNames(parts)
    testChanges(parts)
  })
}

function testBatches({ test, expect, world, setup }: ContractParts): void {
  test('come in the order asked for, doubles too, null where there is none', async () => {
    const [c, l, o] = [character(own('c')), place(own('l')), thing(own('o'))]
    const { worldId } = await setup(c, l, o)
    const refs: EntityRef[] = [
      { type: 'object', id: o.id },
      { type: 'character', id: own('nobody') },
      { type: 'character', id: c.id },
      { type: 'location', id: c.id },
      { type: 'location', id: l.id },
      { type: 'object', id: o.id },
    ]
    const seen = await world().entities(worldId, refs)
    expect(seen).toEqual([read(o), null, read(c), null, read(l), read(o)])
  })

  test('keep ids of any form', async () => {
    const odd = [
      'a b',
      'x:y',
      '{braces}',
      '🐉',
      "o'brien",
      '"',
      '\\',
      '100%',
      '\u00e9',
      'e\u0301',
      'A',
      'a',
      '\n',
      '0',
    ]
    const ids = [...odd.map(own), own('').padEnd(256, 'x')]
    const { worldId, add, eventIds } = await setup(...ids.map(id => character(id)))
    const eventId = (id: string) => `of ${id}`.slice(0, 256)
    for (const id of ids) await add(event(eventId(id), '0001-01-01T00:00:00', [id]))
    const refs = ids.map(id => ({ type: 'character', id }) as const)
    expect((await world().entities(worldId, refs)).map(entity => entity?.id)).toEqual(ids)
    for (const id of ids) expect(await eventIds(id)).toEqual([eventId(id)])
  })
}

function testProperties({ test, expect, world, setup }: ContractParts): void {
  test('keep properties of every JSON shape', async () => {
    const props: Record<string, Json> = {
      text: 'plain',
      empty_text: '',
      digits: '12',
      braces: '{not json',
      sic: '[sic]',
      list_text: '[1, 2]',
      map_text: '{"a": 1}',
      quoted: '"[1, 2]"',
      quoted_twice: JSON.stringify('"[1, 2]"'),
      spoken: '"Halt!"',
      half_spoken: '"[1, 2]" he said',
      texts_of_json: ['[1, 2]', '{}'],
      whole: 42,
      fraction: -0.25,
      huge: 1e300,
      yes: true,
      no: false,
      map: { a: { b: [1, { c: null }] } },
      empty_map: {},
      texts: ['a', 'b'],
      numbers: [1, 2.5],
      wholes: [1, 2],
      booleans: [true, false],
      mixed: [1, 'a', null, true, { deep: [] }],
      nested: [[1], [], ['x']],
      empty_list: [],
      'odd name `x`': 1,
      birth_year: '-210',
    }
    const given = character(own('c'), props)
    const { worldId } = await setup(given)
    expect(await world().entities(worldId, [given])).toEqual([{ ...read(given), ...props }])
  })

  test('keep the digits of integers, alone and in lists', async () => {
    const text = '{"id":9007199254740993,"ids":[1,-9223372036854775808],"deep":{"huge":12345678901234567890}}'
    const given = character(own('c'), { numbers: parseJsonText(text), ...(parseJsonText(text) as object) })
    const { worldId } = await setup(given)
    const [read] = await world().entities(worldId, [given])
    expect(jsonText(read?.['numbers'])).toBe(text)
    expect(jsonText(read?.['ids'])).toBe('[1,-9223372036854775808]')
    expect(jsonText(read?.['own_id'])).toBe('9007199254740993')
  })
}

function testNames({ test, expect, world, setup }: ContractParts): void {
  test('cannot be told another id, type or name by a property, which is kept beside it', async () => {
    const id = own('c')
    const props = {
      id: 'x',
      type: ['cave', 'dig'],
      name: 'y',
      world_id: 'w',
      character_id: 'z',
      location_id: 'l1',
    }
    const { worldId } = await setup(character(id, props))
    const seen = { ...read(character(id)), own_id: 'x', own_type: ['cave', 'dig'], own_name: 'y' }
    const all = { ...seen, own_world_id: 'w', own_character_id: 'z', location_id: 'l1' }
    expect(await world().entities(worldId, [{ type: 'character', id }])).toEqual([all])
    expect(await world().members(worldId, { limit: 5 })).toEqual([member({ type: 'character', id })])

    await world().putEntities(worldId, [character(id, { type: null, own_name: null, character_id: null })])
    const { own_type: _type, own_name: _name, own_character_id: _id, ...rest } = all
    expect(await world().entities(worldId, [{ type: 'character', id }])).toEqual([rest])
  })

  const refused: [Record<string, Json>, string][] = [
    [{ '': 1 }, 'props[""]: the name of a property must be non-empty text'],
    [{ 'a\0b': 1 }, 'props["a\\u0000b"]: the name of a property must be'],
    [{ '\ud800': 1 }, 'props["\\ud800"]: the name of a property must be'],
    [{ type: 'a', own_type: 'b' }, 'props["type"]: is kept as own_type, which is a property too'],
  ]
  for (const [props, said] of refused)
    test(`with the properties ${JSON.stringify(props)} are refused, and none of their batch is written`, async () => {
      const [good, bad] = [character(own('good')), character(own('bad'), props)]
      const { worldId } = await setup()
      const writing = world().putEntities(worldId, [good, bad])
      await expect(writing).rejects.toMatchObject({
        code: 'InvalidInput',
        message: expect.stringContaining(`character "${bad.id}": ${said}`),
      })
      expect(await world().members(worldId, { limit: 5 })).toEqual([])
    })
}

function testChanges({ test, expect, world, setup }: ContractParts): void {
  test('are updated by property; null removes one; repeated, nothing changes', async () => {
    const id = own('c')
    const { worldId } = await setup(character(id, { a: 1, b: { c: 1 }, d: 'd' }))
    const update = { ...character(id, { a: 2, b: { e: 1 }, d: null }), name: 'Renamed' }
    await world().putEntities(worldId, [update])
    await world().putEntities(worldId, [update])
    const seen = { type: 'character', id, name: 'Renamed', a: 2, b: { e: 1 } }
    expect(await world().entities(worldId, [{ type: 'character', id }])).toEqual([seen])
    expect(await world().members(worldId, { limit: 10 })).toHaveLength(1)
  })

  test('have no name where none is given', async () => {
    const unnamed: NewEntity = { type: 'object', id: own('o'), name: null, props: {} }
    const { worldId } = await setup(unnamed)
    expect(await world().entities(worldId, [unnamed])).toEqual([read(unnamed)])
  })

  test('lose private fields, nested too; private ones are null', async () => {
    const open = character(own('open'), {
      emailAddress: 'x',
      bank: { iban: 'y', branch: 1, log: [{ cvv: 1 }] },
    })
    const hidden = character(own('hidden'), { private: true })
    const { worldId, add, timeline } = await setup(open, hidden)
    await add(event(own('e'), '0001-01-01T00:00:00', [hidden.id]))
    const seen = { ...read(character(open.id)), bank: { branch: 1, log: [{}] } }
    expect(await world().entities(worldId, [open, hidden])).toEqual([seen, null])
    expect(await timeline(hidden.id)).toBeNull()
  })

  test('that are removed are gone with their timeline, for good; unknown ones are no error', async () => {
    const [c, l] = [character(own('c')), place(own('l'))]
    const { worldId, add, eventIds } = await setup(c, l)
    const met = event(own('e'), '0001-01-01T00:00:00', [c.id], l.id)
    await add(met)
    await world().removeEntities(worldId, [c, { type: 'object', id: own('nothing') }])
    expect(await world().entities(worldId, [c, l])).toEqual([null, read(l)])
    expect(await eventIds(c.id)).toBeNull()
    expect(await eventIds(l.id)).toEqual([met.event_id])
    expect(await world().members(worldId, { limit: 10 })).toEqual([member(l)])
    await world().putEntities(worldId, [c])
    expect(await eventIds(c.id)).toEqual([])
  })
}

export function describeMembers({ describe, test, expect, world, setup }: ContractParts): void {
  describe('members', () => {
    test('are private where their mark may mean it, and public where it says so', async () => {
      const marks = [true, 'true', 'True', 'yes', 'no', ' ', 1, -1, 0.5, '1', [false], { by: 'ada' }]
      const publicMarks = [false, 'false', 'FALSE', 0, '0', '', null]
      const hidden = marks.map((mark, i) => character(own(`hidden ${i}`), { private: mark as Json }))
      const shown = publicMarks.map((mark, i) => character(own(`shown ${i}`), { private: mark }))
      const all = [...hidden, ...shown]
      const ids = all.map(({ id }) => id)
      const shownIds = shown.map(({ id }) => id)
      const nothing = hidden.map(() => undefined)
      const { worldId, add } = await setup(...all)
      await add(event(own('e'), '0001-01-01T00:00:00', ids))
      const entities = await world().entities(worldId, all)
      expect(entities.map(entity => entity?.id)).toEqual([...nothing, ...shownIds])
      const members = await world().members(worldId, { limit: 100 })
      expect(members.map(({ id }) => id).toSorted()).toEqual(shownIds.toSorted())
      const timelines = await world().timelines(worldId, ids, 5)
      expect(timelines.map(timeline => timeline?.length)).toEqual([...nothing, ...shown.map(() => 1)])
    })

    test('come by type and id, in pages, without the private ones', async () => {
      const id = own('')
      const people = ['c', 'B', 'a', '🐉', 'x:1', 'x 1', '10', '9'].map(each => character(id + each))
      const hidden = character(`${id}b`, { private: true })
      const resting = place(`${id}l2`, { active: false })
      const { worldId } = await setup(
        ...[thing(`${id}o1`), resting, hidden, ...people, place(`${id}l1`, { active: true, private: false })],
      )
      const sorted = ['10', '9', 'B', 'a', 'c', 'x 1', 'x:1', '🐉'].map(each => member(character(id + each)))
      const rest = [member(place(`${id}l1`)), { ...member(resting), active: false }, member(thing(`${id}o1`))]
      const all = [...sorted, ...rest]
      for (const limit of [1, 3, all.length, 100]) expect(await pages(worldId, limit)).toEqual(all)
    })

    test('that are inactive can be read all the same', async () => {
      const resting = character(own('c'), { active: false })
      const { worldId, eventIds } = await setup(resting)
      expect(await world().entities(worldId, [resting])).toEqual([{ ...read(resting), active: false }])
      expect(await eventIds(resting.id)).toEqual([])
    })

    const pages = async (worldId: string, limit: number): Promise<Member[]> => {
      const found: Member[] = []
      for (;;) {
        const last = found.at(-1)
        const page = await world().members(worldId, last ? { after: last, limit } : { limit })
        expect(page.length).toBeLessThanOrEqual(limit)
        if (page.length === 0) return found
        found.push(...page)
      }
    }
  })
}
