import { expect, onTestFinished, test, vi } from 'vitest'
import { createPendingReader } from '../../hearth/pending-reader.ts'
import { HearthError } from '../../model/errors.ts'
import type { AcceptedEvent } from '../../model/new-events.ts'

const eventOf = (id: string, more: Partial<AcceptedEvent> = {}): AcceptedEvent => ({
  event_id: id,
  timestamp: '2030-01-01T00:00:00',
  participants: ['c0', 'c1'],
  ...more,
})

/** A queue that answers which events are pending, but not which are on timelines. */
function open(options: { maxBytes?: number } = {}) {
  const pendingIds = new Set<string>()
  const asked = vi.fn()
  const reader = createPendingReader({
    world: { readable: event => event },
    pending: {
      newest: async () => {
        throw new HearthError('QueueUnavailable', 'away')
      },
      stillPending: async (_worldId, ids) => {
        asked(ids)
        return ids.filter(id => pendingIds.has(id))
      },
    },
    ...options,
  })
  onTestFinished(() => reader.close())
  const idsOn = async (entityId: string) => {
    const [events = []] = await reader.newestPending('w', [entityId], { limit: 50, unstored: true })
    return events.map(({ event_id }) => event_id)
  }
  return { reader, pendingIds, asked, idsOn }
}

test('own appends are kept while they are pending, and dropped when they are flushed', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { reader, pendingIds, asked, idsOn } = open()
  for (const id of ['a', 'b']) pendingIds.add(id)
  reader.remember('w', [eventOf('a'), eventOf('b')])
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await idsOn('c1')).toEqual(['a', 'b'])
  pendingIds.delete('a')
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await idsOn('c1')).toEqual(['b'])
  pendingIds.clear()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await idsOn('c0')).toEqual([])
  expect(reader.bytes).toBe(0)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked, 'with nothing kept nothing is asked').toHaveBeenCalledTimes(3)
})

test('own appends are limited by bytes, each name included, and the newest are kept', async () => {
  const { reader, idsOn } = open({ maxBytes: 100_000 })
  for (let i = 0; i < 1_000; i++) reader.remember('w', [eventOf(`e${i}`, { title: 'x'.repeat(1_000) })])
  expect(reader.bytes).toBeLessThanOrEqual(100_000)
  const kept = await idsOn('c0')
  expect(kept.at(-1)).toBe('e999')
  expect(kept.length).toBeGreaterThan(40)
  const participants = Array.from({ length: 1_000 }, (_, i) => `c${i}`)
  reader.remember('w', [eventOf('everywhere', { participants })])
  expect(await idsOn('c900'), 'larger than all that may be kept').toEqual([])
})

test('an event that is accepted again replaces the one before', async () => {
  const { reader, idsOn } = open()
  reader.remember('w', [eventOf('a')])
  reader.remember('w', [eventOf('a', { participants: ['c1'] })])
  expect(await idsOn('c0')).toEqual([])
  expect(await idsOn('c1')).toEqual(['a'])
})
