import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../../model/json.ts'
import { createPrivacy, type PrivacyOptions } from '../../model/privacy.ts'
import { defaultPrivateNames, privateNameJudge } from '../../model/private-names.ts'
import type { Entity, Snapshot, TimelineEvent } from '../../model/world-data.ts'

const isPrivate = privateNameJudge(defaultPrivateNames)
const privacy = createPrivacy()

const smith: Entity = { id: 'c1', type: 'character', name: 'Banjo', birth_year: '-210', total_ip: ['4500'] }
const brawl: TimelineEvent = {
  event_id: 'e1',
  event_type: 'quarrel',
  title: 'A brawl',
  description: null,
  participants: ['c1'],
  timestamp: '0001-01-01T00:00:00',
  location_id: 'l1',
  consequences: [{ kind: 'scar' }],
  emotional_impact: -0.5,
  significance_level: 3,
  tags: ['inn'],
  metadata: { rounds: 2 },
}
const village: Snapshot = {
  world_id: 'w1',
  world_name: 'Village',
  world_status: 'active',
  current_time: null,
  last_evolution: null,
  evolution_schedule: null,
  active_locations: {},
  active_objects: {},
  metadata: {},
  active_characters: { 'village:token keeper_3': { name: 'Keeper', email: 'k@example.org' } },
}

describe('private names', () => {
  const found = [
    'email',
    'player_email',
    'emailAddress',
    'e-mail',
    'eMail',
    'homePhone',
    'phone2',
    'access_tokens',
  ]
  const more = [
    'APIKey',
    'apiKeys',
    'api.key',
    'apikey',
    'credit_card_no',
    'IBANs',
    'user IDs',
    'userId',
    'playerName',
  ]
  const rest = [
    'birthDate',
    'date_of_birth',
    'addresses',
    'diagnoses',
    'passwd',
    'PASSWORD',
    'old passwords',
    'CVV',
  ]
  test.each([...found, ...more, ...rest])('%s is private', name => expect(isPrivate(name)).toBe(true))

  const kept = [
    'tokenize',
    'addressed',
    'total_ip',
    'birth_year',
    'name',
    'name_string',
    'used_identity_id',
    'players',
  ]
  const alike = [
    'user',
    'id',
    'emailing',
    'phonetics',
    'cardinal',
    'secretary',
    'api',
    'key',
    'microphone',
    '',
    '___',
  ]
  test.each([...kept, ...alike])('%s is not', name => expect(isPrivate(name)).toBe(false))
})

describe('privacy', () => {
  test('a clean value is returned as it is, uncopied', () => {
    expect(privacy.entity(smith)).toBe(smith)
    expect(privacy.event(brawl)).toBe(brawl)
    const flags = { weather: 'storm', 'door 3': { open: true, seen: [{ by: 'c1' }] } }
    expect(privacy.flags(flags)).toBe(flags)
  })

  test('private fields are removed, in objects and in lists, and the input is unchanged', () => {
    const owner = { name: 'P.', contacts: [[{ email: 'p@example.org', kind: 'work' }], 'x'] }
    const given: Entity = { ...smith, homePhone: '123', owner, list: [1, null, { cvv: 1 }] }
    const before = structuredClone(given)
    const seen = privacy.entity(given)
    expect(seen).toEqual({
      ...smith,
      owner: { name: 'P.', contacts: [[{ kind: 'work' }], 'x'] },
      list: [1, null, {}],
    })
    expect(given).toEqual(before)
  })

  test('an event and a snapshot keep their shape', () => {
    const closed = createPrivacy({ fields: { event: ['title'], snapshot: [] } })
    expect(closed.event(brawl)).toEqual({
      event_id: 'e1',
      timestamp: brawl.timestamp,
      title: 'A brawl',
      event_type: null,
      description: null,
      participants: [],
      location_id: null,
      consequences: null,
      emotional_impact: null,
      tags: [],
      metadata: {},
      significance_level: null,
    })
    expect(closed.snapshot(village)).toEqual({
      ...village,
      world_name: null,
      world_status: null,
      active_characters: {},
    })
    closed.event(brawl).tags.push('mine')
    expect(closed.event(brawl).tags).toEqual([])
  })

  test('ids in a snapshot are not treated as names of fields', () => {
    const seen = privacy.snapshot(village)
    expect(seen.active_characters).toEqual({ 'village:token keeper_3': { name: 'Keeper' } })
  })

  test('a snapshot lists no entity that it marks as private', () => {
    const listed = {
      c1: { name: 'Ada' },
      c2: { name: 'Spy', private: 'true' },
      c3: { name: 'Eve', private: 0 },
    }
    const seen = privacy.snapshot({ ...village, active_characters: listed })
    expect(Object.keys(seen.active_characters)).toEqual(['c1', 'c3'])
  })

  test('only listed fields of a kind are kept, and always those that identify an entity', () => {
    const some = createPrivacy({ fields: { character: ['total_ip', 'email'], location: 'all' } })
    expect(some.entity({ ...smith, email: 'x' })).toEqual({
      id: 'c1',
      type: 'character',
      name: 'Banjo',
      total_ip: ['4500'],
    })
    const place: Entity = { id: 'l1', type: 'location', name: 'Inn', rooms: 3 }
    expect(some.entity(place)).toBe(place)
  })

  test('names can be added, removed and replaced', () => {
    const names = { email: 1, token: 2, mana_pool: 3 }
    expect(createPrivacy({ privateNames: { add: ['mana pool'] } }).flags(names)).toEqual({})
    expect(createPrivacy({ privateNames: { remove: ['token'] } }).flags(names)).toEqual({
      token: 2,
      mana_pool: 3,
    })
    expect(createPrivacy({ privateNames: ['manaPool'] }).flags(names)).toEqual({ email: 1, token: 2 })
    expect(createPrivacy({ privateNames: [] }).flags(names)).toBe(names)
  })

  test.each([
    [{ privateNames: { add: ['__'] } }, 'privateNames'],
    [{ privateNames: { remove: ['tokn'] } }, 'privateNames.remove'],
    [{ privateNames: 'email' }, 'privateNames'],
    [{ fields: { character: 'some' } }, 'fields.character'],
    [{ fields: { player: [] } }, 'player'],
    [{ names: [] }, 'names'],
  ])('wrong options %j are refused by name', (options, field) => {
    const make = () => createPrivacy(options as unknown as PrivacyOptions)
    expect(make).toThrow(
      expect.objectContaining({ code: 'InvalidConfig', message: expect.stringContaining(field) }),
    )
  })

  test('deeply nested lists take no longer than flat ones', () => {
    let deep: Json = { email: 'x' }
    for (let i = 0; i < 1000; i++) deep = i % 2 ? [deep] : { deep }
    expect(JSON.stringify(privacy.flags({ deep }))).not.toContain('email')
  })
})

describe('for any value', () => {
  const word = fc.constantFrom(
    'email',
    'Phone',
    'access',
    'token',
    'tokenize',
    'key',
    'api',
    'user',
    'ids',
    'x',
    '7',
    '__proto__',
  )
  const joint = fc.constantFrom('_', '', ' ', '-', '.')
  const name = fc.tuple(word, joint, word).map(parts => parts.join(''))
  const { json } = fc.letrec<{ json: Json }>(tie => ({
    json: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
      fc.array(tie('json'), { maxLength: 4 }),
      fc.dictionary(fc.oneof(name, word, fc.string()), tie('json'), { maxKeys: 5 }),
    ),
  }))
  const flags = fc.dictionary(fc.oneof(name, word), json, { maxKeys: 6 })

  const namesIn = (value: Json): string[] => {
    if (typeof value !== 'object' || value === null) return []
    const inside = Object.values(value).flatMap(namesIn)
    return Array.isArray(value) ? inside : [...Object.keys(value), ...inside]
  }
  /** The simplest filter, to compare the fast one with. */
  const filtered = (value: Json): Json => {
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map(filtered)
    const kept = Object.entries(value).filter(([field]) => !isPrivate(field))
    return Object.fromEntries(kept.map(([field, inner]) => [field, filtered(inner)]))
  }

  test('no private name remains at any depth, and nothing else is removed', () => {
    fc.assert(
      fc.property(flags, given => {
        const before = structuredClone(given)
        const seen = privacy.flags(given)
        expect(namesIn(seen).filter(isPrivate)).toEqual([])
        expect(Object.entries(seen)).toEqual(Object.entries(filtered(given) as object))
        expect(given).toEqual(before)
        if (!namesIn(given).some(isPrivate)) expect(seen).toBe(given)
      }),
    )
  })
})
