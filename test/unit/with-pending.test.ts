import { expect, test } from 'vitest'
import { lingerMs } from '../../jobs/flush/payload.ts'
import { withPending } from '../../model/with-pending.ts'
import { emptyEvent } from '../../model/world-data.ts'

const event = (event_id: string, second: number, title: string | null = null) => ({
  ...emptyEvent,
  event_id,
  title,
  timestamp: `2026-01-01T00:00:${String(second).padStart(2, '0')}`,
})
const ids = (events: readonly { event_id: string }[] | undefined) => events?.map(({ event_id }) => event_id)

test('an event that is pending and in Neo4j too appears once, with the fields of the pending one', () => {
  const [known] = withPending([event('a', 1, 'old')], [{ ...event('a', 1), title: 'new' }], 5) ?? []
  expect(withPending([event('a', 1, 'old')], [{ ...event('a', 1), title: 'new' }], 5)).toHaveLength(1)
  expect(known?.title).toBe('new')
})

test('events are merged newest first, by time and then by id, and cut', () => {
  const truth = [event('d', 4), event('b', 2), event('a', 2)]
  expect(ids(withPending(truth, [event('c', 2), event('e', 9), event('z', 0)], 4))).toEqual([
    'e',
    'd',
    'c',
    'b',
  ])
  expect(ids(withPending([], [event('a', 1)], 4))).toEqual(['a'])
  expect(ids(withPending(truth, [], 2))).toEqual(['d', 'b'])
})

test('an event that becomes older leaves room for one that may be missing here', () => {
  const truth = [event('d', 4), event('b', 2)]
  expect(withPending(truth, [event('d', 1)], 2)).toBeUndefined()
  expect(ids(withPending(truth, [event('d', 1)], 2, true))).toEqual(['b', 'd'])
  expect(ids(withPending(truth, [event('d', 1)], 3))).toEqual(['b', 'd'])
  expect(ids(withPending(truth, [event('b', 9)], 2))).toEqual(['b', 'd'])
})

test('a flush waits until no event comes, but not for ever', () => {
  expect(lingerMs({ pending: 1, oldestMs: 0, newestMs: 0 }, 500)).toBe(200)
  expect(lingerMs({ pending: 9, oldestMs: 1_950, newestMs: 10 }, 500)).toBe(50)
  expect(lingerMs({ pending: 9, oldestMs: 2_100, newestMs: 10 }, 500)).toBe(0)
  expect(lingerMs({ pending: 500, oldestMs: 1, newestMs: 1 }, 500)).toBe(0)
  expect(lingerMs({ pending: 9, oldestMs: 300, newestMs: 250 }, 500)).toBe(0)
})
