import { expect, test, vi } from 'vitest'
import { createKeys } from '../../cache/keys.ts'
import { createNearCounts } from '../../cache/near/near-counts.ts'
import type { NearValue } from '../../cache/near/near-store.ts'
import { kinds } from '../support/kinds.ts'

const keys = createKeys()
const nearOf = (id: string, value: unknown): NearValue => ({
  entry: keys.entry(kinds.timeline, 'w', id),
  form: 'plain',
  value,
  expiresAt: Number.POSITIVE_INFINITY,
  load: async () => [],
  stands: true,
  uncounted: 0,
})

test('reads are added up, by kind, by world and by entity, and what was read makes room last', () => {
  const told = { hit: vi.fn(), readOf: vi.fn(), add: vi.fn(), used: vi.fn(), early: vi.fn() }
  const counts = createNearCounts({
    store: { used: told.used },
    observer: { hit: told.hit, readOf: told.readOf },
    readCounts: { add: told.add },
    earlyExpiry: { hit: told.early },
  })
  const [a, absent] = [nearOf('a', []), nearOf('b', null)]
  for (const near of [a, absent, a]) counts.hit(near)
  expect(told.used).not.toHaveBeenCalled()
  counts.flush()
  counts.flush()

  expect(told.used.mock.calls).toEqual([[a], [absent]])
  expect(told.hit.mock.calls).toEqual([['timeline', 3, 'near']])
  expect(told.readOf.mock.calls, 'what does not exist is not told').toEqual([['w', 2, 0]])
  expect(told.add.mock.calls).toEqual([['w', 'a', { reads: 2, at: expect.any(Number) }]])
  expect(told.early.mock.calls).toEqual([[a.entry, a.load]])
  expect(a.uncounted).toBe(0)
})
