import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createKeys } from '../../cache/keys.ts'
import type { Fence } from '../../cache/near/fences.ts'
import { createNearReads, type NearRead } from '../../cache/near/near-reads.ts'
import type { NearValue } from '../../cache/near/near-store.ts'
import { kinds } from '../support/kinds.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

const keys = createKeys()
const read: NearRead = { form: 'plain', kind: kinds.timeline, worldId: 'w' }

const nearOf = (id: string, expiresAt = Number.POSITIVE_INFINITY): NearValue => ({
  entry: keys.entry(kinds.timeline, 'w', id),
  form: 'plain',
  value: `near ${id}`,
  expiresAt,
  load: async () => [],
  stands: true,
  uncounted: 0,
})

const handOut = <T>(_read: NearRead, value: T): T => value

/** Near reads whose fences come back when the test says so. */
function open({ near = [], maxStaleMs = 0 }: { near?: NearValue[]; maxStaleMs?: number } = {}) {
  const fences: ((fence: Fence) => void)[] = []
  let lastSentAt = Number.NEGATIVE_INFINITY
  const counted: NearValue[] = []
  const far = vi.fn(async (_read: NearRead, item: unknown, _unanswered?: Error) => `far ${item}`)
  const farMany = vi.fn(async (_read: NearRead, items: readonly unknown[], _unanswered?: Error) =>
    items.map(item => `far ${item}`),
  )
  const reads = createNearReads({
    store: { find: (_form, _kind, _worldId, item) => near.find(({ entry }) => entry.item === item) },
    fences: {
      pass: () => new Promise(resolve => fences.push(resolve)),
      get lastSentAt() {
        return lastSentAt
      },
    },
    counts: { hit: value => void counted.push(value) },
    observer: {},
    maxStaleMs,
  })
  return {
    reads,
    one: (read: NearRead, item: string) => reads.one(read, item, { far, handOut }),
    fences,
    far,
    farMany,
    counted,
    /** The fence that waits longest is back; it was sent now. */
    pass(sentAt = performance.now()) {
      lastSentAt = sentAt
      fences.shift()?.({ sentAt })
    },
  }
}

test('what is near is served when the fence is back, and counted', async () => {
  const a = nearOf('a')
  const { one, far, pass, counted } = open({ near: [a] })
  const answer = one(read, 'a')
  pass()
  expect(await answer).toBe('near a')
  expect(far).not.toHaveBeenCalled()
  expect(counted).toEqual([a])
})

test('what was invalidated before the fence is back is read from Redis', async () => {
  const a = nearOf('a')
  const { one, pass, counted } = open({ near: [a] })
  const answer = one(read, 'a')
  a.stands = false
  pass()
  expect(await answer).toBe('far a')
  expect(counted).toEqual([])
})

test('what is not near is read without a fence', async () => {
  const { one, fences } = open()
  expect(await one(read, 'a')).toBe('far a')
  expect(fences).toHaveLength(0)
})

test('a value is served no longer than its entry lives in Redis', async () => {
  const { one, pass } = open({ near: [nearOf('a', performance.now() + 100)], maxStaleMs: 1_000 })
  const fresh = { ...read, maxStaleMs: 0 }
  vi.advanceTimersByTime(99)
  const before = one(fresh, 'a')
  pass()
  expect(await before).toBe('near a')
  vi.advanceTimersByTime(1)
  const after = one(fresh, 'a')
  pass()
  expect(await after).toBe('far a')
  expect(await one(read, 'a'), 'a bounded one').toBe('far a')
})

test('a lost connection and a silent Redis send a read on its way, and it says that Redis was silent', async () => {
  const { one, far, fences } = open({ near: [nearOf('a')] })
  const lost = one(read, 'a')
  fences.shift()?.({})
  expect(await lost).toBe('far a')
  expect(far).toHaveBeenLastCalledWith(read, 'a', undefined)
  const unanswered = new Error('no answer')
  const silent = one(read, 'a')
  fences.shift()?.({ unanswered })
  expect(await silent).toBe('far a')
  expect(far).toHaveBeenLastCalledWith(read, 'a', unanswered)
})

test('a bounded read waits for no fence while the last one was sent no longer ago', async () => {
  const { one, fences, pass } = open({ near: [nearOf('a')], maxStaleMs: 50 })
  const first = one(read, 'a')
  expect(fences, 'none has been sent yet').toHaveLength(1)
  const sentAt = performance.now()
  vi.advanceTimersByTime(30)
  pass(sentAt)
  await first
  vi.advanceTimersByTime(20)
  expect(await one(read, 'a')).toBe('near a')
  vi.advanceTimersByTime(1)
  const older = one(read, 'a')
  expect(fences).toHaveLength(1)
  pass()
  expect(await older).toBe('near a')
})

test('a read may say how old its answer may be, and within consistent none may be old', async () => {
  const { reads, one, fences, pass } = open({ near: [nearOf('a')], maxStaleMs: 50 })
  pass()
  const fresh = one({ ...read, maxStaleMs: 0 }, 'a')
  expect(fences).toHaveLength(1)
  pass()
  await fresh
  const consistent = reads.unaged(() => one(read, 'a'))
  expect(fences).toHaveLength(1)
  pass()
  await consistent
  expect(await one(read, 'a')).toBe('near a')
  expect(fences).toHaveLength(0)
})

test('a batch takes one fence, one read of what is not near, and one of what is near no more, in its order', async () => {
  const [b, c] = [nearOf('b'), nearOf('c')]
  const { reads, farMany, fences, pass } = open({ near: [b, c] })
  const answer = reads.many(read, ['a', 'b', 'c', 'd', 'b'], farMany)
  expect(fences).toHaveLength(1)
  expect(farMany.mock.calls).toEqual([[read, ['a', 'd']]])
  c.stands = false
  pass()
  expect(await answer).toEqual(['far a', 'near b', 'far c', 'far d', 'near b'])
  expect(farMany.mock.calls[1]).toEqual([read, ['c'], undefined])
})

test('what was read from Redis is frozen at every depth, as what is near is', async () => {
  const { reads } = open()
  const value = { parts: [{ n: 1 }] }
  expect(await reads.one(read, 'a', { far: async () => value, handOut })).toBe(value)
  expect(Object.isFrozen(value.parts[0])).toBe(true)
  const [one] = await reads.many(read, ['a'], async () => [{ parts: [{ n: 1 }] }])
  expect(Object.isFrozen(one?.parts[0])).toBe(true)
})
