import { expect, test } from 'vitest'
import { createKeys, type Entry } from '../../cache/keys.ts'
import { createNearStore, type Form, type NearStore } from '../../cache/near/near-store.ts'
import { kinds } from '../support/kinds.ts'

const keys = createKeys()
const timelineOf = (id: string, worldId = 'w') => keys.entry(kinds.timeline, worldId, id)
const plenty = 1_000_000

interface Like {
  form?: Form
  length?: number
}

const foundOf = (entry: Entry, value: unknown, { form = 'plain', length = 100 }: Like = {}) => ({
  entry,
  form,
  value,
  length,
  expiresAt: Number.POSITIVE_INFINITY,
  load: async () => [],
})

function bring(store: NearStore, entry: Entry, value: unknown, like?: Like): void {
  store.keep(store.expect(entry.key), foundOf(entry, value, like))
}

const find = (store: NearStore, { kind, worldId, item }: Entry, form: Form = 'plain') =>
  store.find(form, kind, worldId, item)

test('a value is found by form, kind, world, type and id', () => {
  const store = createNearStore(plenty)
  const entries = [
    timelineOf('a'),
    timelineOf('b'),
    timelineOf('a', 'another'),
    keys.entry(kinds.entity, 'w', { type: 'object', id: 'a' }),
    keys.entry(kinds.entity, 'w', { type: 'location', id: 'a' }),
    keys.entry(kinds.flags, 'w', null),
    keys.entry(kinds.snapshot, 'w', null),
  ]
  for (const entry of entries) bring(store, entry, entry.key)
  bring(store, timelineOf('a'), 'exact', { form: 'exact' })
  for (const entry of entries) expect(find(store, entry)?.value).toBe(entry.key)
  expect(find(store, timelineOf('a'), 'exact')?.value).toBe('exact')
  expect(find(store, timelineOf('b'), 'exact')).toBeUndefined()
  expect(store.entries).toBe(entries.length + 1)
})

test('what was invalidated while it was being read is not kept', () => {
  const store = createNearStore(plenty)
  const entry = timelineOf('a')
  const first = store.expect(entry.key)
  const second = store.expect(entry.key)
  store.drop(entry.key)
  const third = store.expect(entry.key)
  store.keep(first, foundOf(entry, 'old'))
  store.keep(second, foundOf(entry, 'old'))
  expect(find(store, entry)).toBeUndefined()
  store.keep(third, foundOf(entry, 'new'))
  expect(find(store, entry)?.value).toBe('new')
})

test('a read that ends leaves the placeholder to the others', () => {
  const store = createNearStore(plenty)
  const entry = timelineOf('a')
  const first = store.expect(entry.key)
  const second = store.expect(entry.key)
  store.forget(first)
  store.keep(second, foundOf(entry, 'read'))
  expect(find(store, entry)?.value).toBe('read')
})

test('after the connection was lost nothing is near, and no answer of it is kept', () => {
  const store = createNearStore(plenty)
  const entry = timelineOf('a')
  bring(store, entry, 'near')
  const near = find(store, entry)
  const placeholder = store.expect(entry.key)
  store.clear()
  expect(near?.stands).toBe(false)
  const ofTheNextOne = store.expect(entry.key)
  store.keep(placeholder, foundOf(entry, 'of the lost one'))
  expect(find(store, entry)).toBeUndefined()
  store.keep(ofTheNextOne, foundOf(entry, 'of the next one'))
  expect(find(store, entry)?.value).toBe('of the next one')
})

test('a change drops the value in both forms, also from reads that wait for a fence', () => {
  const store = createNearStore(plenty)
  const entry = timelineOf('a')
  bring(store, entry, 'plain')
  bring(store, entry, 'exact', { form: 'exact' })
  const both = [find(store, entry), find(store, entry, 'exact')]
  store.drop(entry.key)
  expect(both.map(near => near?.stands)).toEqual([false, false])
  expect([find(store, entry), find(store, entry, 'exact')]).toEqual([undefined, undefined])
  expect(store).toMatchObject({ entries: 0, bytes: 0, evictions: 0 })
})

test('a value that replaces another takes its place, and the other does not stand any more', () => {
  const store = createNearStore(plenty)
  const entry = timelineOf('a')
  bring(store, entry, 'older')
  const older = find(store, entry)
  bring(store, entry, 'newer')
  expect(older?.stands).toBe(false)
  expect(find(store, entry)).toMatchObject({ value: 'newer', stands: true })
  expect(store.entries).toBe(1)
})

test('the least recently used makes room, and does not stand any more: its changes would not reach it', () => {
  const [a, b, c] = ['a', 'b', 'c'].map(id => timelineOf(id)) as [Entry, Entry, Entry]
  const store = createNearStore(1_500)
  bring(store, a, 'a')
  bring(store, b, 'b')
  const [first, second] = [find(store, a), find(store, b)]
  if (first) store.used(first)
  bring(store, c, 'c')
  expect(second?.stands).toBe(false)
  expect([a, b, c].map(entry => find(store, entry)?.value)).toEqual(['a', undefined, 'c'])
  expect(store.evictions).toBe(1)
  expect(store.bytes).toBeLessThanOrEqual(1_500)
})

test('a value larger than all that may be near is not kept, nor the one that it replaces', () => {
  const store = createNearStore(1_500)
  const entry = timelineOf('a')
  bring(store, entry, 'small')
  const small = find(store, entry)
  bring(store, entry, 'large', { length: 1_500 })
  expect(small?.stands).toBe(false)
  expect(find(store, entry)).toBeUndefined()
  expect(store).toMatchObject({ entries: 0, bytes: 0 })
})
