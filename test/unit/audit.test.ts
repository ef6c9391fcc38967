import { expect, onTestFinished, test, vi } from 'vitest'
import type { Entry } from '../../cache/keys.ts'
import { encode } from '../../cache/values.ts'
import { checkValue, unfit } from '../../jobs/audit/checks.ts'
import { differencesOf } from '../../jobs/audit/differences.ts'
import { isSame, type Seen } from '../../jobs/audit/look.ts'
import { ageName, defaultAuditAges } from '../../jobs/audit/payload.ts'
import { timeline } from '../../model/kinds/timeline.ts'

test('values are compared, not texts: the order of names does not count, that of a list does', () => {
  expect(differencesOf({ a: 1, b: { c: [1, 2], d: null } }, { b: { d: null, c: [1, 2] }, a: 1.0 })).toBe(
    undefined,
  )
  expect(differencesOf([], [])).toBe(undefined)
  expect(differencesOf({ b: { c: [1, 2], e: true } }, { b: { c: [2, 1], e: false } })?.shown).toEqual([
    { field: 'b.c[0]', cached: '1', truth: '2' },
    { field: 'b.c[1]', cached: '2', truth: '1' },
    { field: 'b.e', cached: 'true', truth: 'false' },
  ])
  expect(differencesOf({ n: '12' }, { n: 12 })?.shown).toHaveLength(1)
})

test('data that Neo4j does not have may be private: neither it nor hints at it are reported', () => {
  const cached = {
    email: 'a@b.example',
    metadata: { phone: '0123', season: 'spring' },
    description: 'a secret',
    nested: { pin: 1234 },
    list: ['public', 'hidden'],
  }
  const truth = { metadata: { season: 'autumn' }, description: null, nested: 3, list: ['other'] }
  const found = differencesOf(cached, truth)
  expect(found?.shown).toEqual([
    { field: 'metadata.season', cached: '"spring"', truth: '"autumn"' },
    { field: 'metadata.phone', cached: '(withheld)', truth: null },
    { field: 'description', cached: '(withheld)', truth: 'null' },
    { field: 'nested', cached: '(withheld)', truth: '3' },
    { field: 'list[0]', cached: '"public"', truth: '"other"' },
    { field: 'list[1]', cached: '(withheld)', truth: null },
    { field: 'email', cached: '(withheld)', truth: null },
  ])
  const marksOf = (phone: string) =>
    differencesOf({ ...cached, metadata: { ...cached.metadata, phone } }, truth)?.marks
  expect(marksOf('0123')).toEqual(marksOf('9876'))
})

const event = (n: number, fields = {}) => ({ event_id: `e${n}`, title: `title ${n}`, ...fields })

test('a timeline is compared event by event', () => {
  expect(differencesOf([event(2), event(1)], [event(3), event(2)])?.shown).toEqual([
    { field: 'e3', cached: null, truth: '{"event_id":"e3","title":"title 3"}' },
    { field: 'e1', cached: '(withheld)', truth: null },
  ])
  expect(differencesOf([event(2, { title: 'old' })], [event(2)])?.shown).toEqual([
    { field: 'e2.title', cached: '"old"', truth: '"title 2"' },
  ])
  expect(differencesOf([event(1), event(2)], [event(2), event(1)])?.shown).toEqual([
    { field: 'order', cached: '["e1","e2"]', truth: '["e2","e1"]' },
  ])
  expect(differencesOf([event(2), event(2)], [event(2)])?.shown).toMatchObject([{ field: 'order' }])
})

test('of a world that is entirely wrong, the report is bounded', () => {
  const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`n${i}`, 'x'.repeat(10_000)]))
  const found = differencesOf(
    many,
    Object.fromEntries(Object.keys(many).map(name => [name, 'y'.repeat(10_000)])),
  )
  expect(JSON.stringify(found).length).toBeLessThan(10_000)
})

test('a text is parsed only where it is not the one that would be stored now', () => {
  const parse = vi.spyOn(JSON, 'parse')
  onTestFinished(() => parse.mockRestore())
  const kind = timeline
  const check = (text: string | null, truth: Parameters<typeof checkValue>[2], type = 'string') =>
    checkValue({ kind } as Entry, { text, type, ttlMs: 1, expiresAtMs: 1, leaseTtlMs: null }, truth)?.fault
  const events = [event(2), event(1)]
  expect(check(encode(kind, events), events)).toBe(undefined)
  expect(check(`${encode(kind, events)}   `, events), 'amended').toBe(undefined)
  expect(check('null', null)).toBe(undefined)
  expect(check(null, undefined, 'none')).toBe(undefined)
  expect(parse).not.toHaveBeenCalled()

  expect(check(JSON.stringify(events, null, 1), events), 'the same value').toBe(undefined)
  expect(parse).toHaveBeenCalled()
  expect(check('[', events)).toBe('unparsable')
  expect(check('{}', unfit)).toBe('unparsable')
  expect(check('[]', unfit)).toBe(undefined)
  expect(check(null, undefined, 'hash')).toBe('unparsable')
  expect(check('null', events)).toBe('different')
  expect(check('[]', events)).toBe('different')
  expect(check('[]', null)).toBe('orphan')
})

test('a difference is the same while the entry and the cached value at that place are the same', () => {
  const seen = (
    marks: string[],
    expiresAtMs: number | null = 5_000,
    fault: Seen['fault'] = 'different',
  ): Seen => ({
    target: { kind: 'timeline', id: 'c1' },
    fault,
    marks,
    expiresAtMs,
    detail: '',
    differences: [],
    leftMs: 0,
    version: null,
  })
  const before = { ...seen(['e2:none', 'e1:withheld']), sinceMs: 0, restarts: 0 }
  expect(isSame(before, seen(['e2:none']))).toBe(true)
  expect(isSame(before, seen(['e2:none', 'e9:none'], 5_010)), 'amended elsewhere').toBe(true)
  expect(isSame(before, seen(['e9:none'])), 'another event is under way').toBe(false)
  expect(isSame(before, seen(['e2:none'], 9_000)), 'stored anew').toBe(false)
  expect(isSame(before, seen(['e2:none'], null))).toBe(false)
  const ghost = (score: string) => seen([score], null, 'popularity')
  expect(isSame({ ...ghost('50'), sinceMs: 0, restarts: 0 }, ghost('49.5')), 'faded').toBe(true)
  expect(isSame({ ...ghost('50'), sinceMs: 0, restarts: 0 }, ghost('51')), 'read again').toBe(false)
})

test('ages are named in units that people use', () => {
  expect([...defaultAuditAges, 250, 90_000].map(ageName)).toEqual(['1s', '10s', '1m', '5m', '250ms', '90s'])
})
