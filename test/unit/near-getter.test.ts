import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Getter } from '../../cache/getter.ts'
import { createKeys } from '../../cache/keys.ts'
import { createNearGetter } from '../../cache/near/near-getter.ts'
import { createNearStore } from '../../cache/near/near-store.ts'
import type { TrackedConnection, TrackedText } from '../../cache/near/tracked-connection.ts'
import { kinds } from '../support/kinds.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

const entry = createKeys().entry(kinds.timeline, 'w', 'a')
const load = async () => []
const text = '[{"event_id":"e","timestamp":"t"}]'
const untracked: Getter = { one: async () => undefined, many: async entries => entries.map(() => undefined) }

/** A tracked connection whose reads are answered when the test says so. */
function open() {
  const store = createNearStore(1_000_000)
  const reads: { answer(found: TrackedText[] | undefined): void; fail(error: Error): void }[] = []
  const connection: TrackedConnection = {
    read: () => new Promise((resolve, reject) => reads.push({ answer: resolve, fail: reject })),
    fence: async () => true,
    lostBy: undefined,
    close: () => {},
  }
  const ttls: number[] = []
  const parts = { store, parse: JSON.parse, untracked, onTtl: (_entry: unknown, ms: number) => ttls.push(ms) }
  const getter = createNearGetter({ ...parts, tracking: { connection }, form: 'plain' })
  const near = () => store.find('plain', kinds.timeline, 'w', 'a')
  return { store, getter, reads, ttls, near }
}

test('what a tracked read brings is near and frozen, until its entry ends in Redis, counted from when it was sent', async () => {
  const { getter, reads, near, ttls } = open()
  const sentAt = performance.now()
  const got = getter.one(entry, load)
  vi.advanceTimersByTime(10)
  reads[0]?.answer([{ text, ttlMs: 100 }])
  expect(await got).toEqual(JSON.parse(text))
  expect(near()).toMatchObject({ value: JSON.parse(text), expiresAt: sentAt + 100, stands: true })
  expect(Object.isFrozen(near()?.value)).toBe(true)
  expect(ttls).toEqual([100])
})

test('an invalidation that arrives before the answer leaves it to its reader, and nothing near', async () => {
  const { store, getter, reads, near } = open()
  const got = getter.one(entry, load)
  store.drop(entry.key)
  reads[0]?.answer([{ text, ttlMs: 100 }])
  expect(await got).toEqual(JSON.parse(text))
  expect(near()).toBeUndefined()
})

test('an answer whose connection was lost before it is kept is not near', async () => {
  const { store, getter, reads, near } = open()
  const got = getter.many([entry], load)
  reads[0]?.answer([{ text, ttlMs: 100 }])
  store.clear()
  await got
  expect(near()).toBeUndefined()
})

test.each([
  ['an entry that expired between its value and its ttl', { text, ttlMs: -2 }],
  ['an entry that ends now', { text, ttlMs: 0 }],
  ['nothing', { text: null, ttlMs: -2 }],
  ['what no fill of ours wrote', { text: '{"not":"a list"}', ttlMs: 100 }],
])('%s is not near', async (_what, found) => {
  const { getter, reads, near, store } = open()
  const got = getter.one(entry, load)
  reads[0]?.answer([found])
  await got
  expect(near()).toBeUndefined()
  expect(store.entries).toBe(0)
})

test('a read that failed or was lost gives its placeholder back', async () => {
  const { store, getter, reads, near } = open()
  const forget = vi.spyOn(store, 'forget')
  const failed = getter.one(entry, load)
  reads[0]?.fail(new Error('no answer'))
  await expect(failed).rejects.toThrow('no answer')
  const lost = getter.one(entry, load)
  reads[1]?.answer(undefined)
  expect(await lost, 'read over the other connection').toBeUndefined()
  const got = getter.one(entry, load)
  reads[2]?.answer([{ text, ttlMs: 100 }])
  await got
  expect(near()?.stands).toBe(true)
  expect(forget).toHaveBeenCalledTimes(2)
})
