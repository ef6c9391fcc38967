import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
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
    const asked = { worldId: 'w', entityIds: [entityId], limit: 50, unstored: true }
    const { pending } = await reader.withPending(asked, async () => [])
    return pending.flat().map(({ event_id }) => event_id)
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

describe('a load and the look at what is pending', () => {
  /** A queue whose looks and loads are noted as they begin and end. */
  function openNoting() {
    const noted: string[] = []
    const look = {
      isNone: true,
      settlements: '1' as string | null | undefined,
      events: [[]] as AcceptedEvent[][],
    }
    const reader = createPendingReader({
      world: { readable: event => event },
      pending: {
        newest: async () => {
          noted.push('look')
          await nextTurn()
          noted.push('looked')
          return { ...look }
        },
        stillPending: async () => [],
      },
    })
    onTestFinished(() => reader.close())
    let loads = 0
    const load = async () => {
      noted.push('load')
      await nextTurn()
      return ++loads
    }
    const read = async (worldId = 'w') => {
      noted.length = 0
      const { loaded } = await reader.withPending(
        { worldId, entityIds: ['c0'], limit: 50, unstored: false },
        load,
      )
      return { loaded, noted: noted.join(' ') }
    }
    return { look, read }
  }

  test('begin together where nothing was pending in this world a moment ago', async () => {
    const { read } = openNoting()
    expect(await read()).toEqual({ loaded: 1, noted: 'look looked load' })
    expect(await read()).toEqual({ loaded: 2, noted: 'load look looked' })
    expect(await read('another')).toEqual({ loaded: 3, noted: 'look looked load' })
    const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 200)
    onTestFinished(() => clock.mockRestore())
    expect(await read(), 'too long ago').toEqual({ loaded: 4, noted: 'look looked load' })
  })

  test('are in sequence, once more, where something was settled in between', async () => {
    const { look, read } = openNoting()
    await read()
    look.settlements = '2'
    expect(await read()).toEqual({ loaded: 3, noted: 'load look looked load' })
    look.settlements = undefined
    expect(await read()).toEqual({ loaded: 5, noted: 'load look looked load' })
    expect(await read(), 'it is not known how often').toEqual({ loaded: 6, noted: 'look looked load' })
  })

  test('are in sequence where something is pending', async () => {
    const { look, read } = openNoting()
    look.isNone = false
    await read()
    expect(await read()).toEqual({ loaded: 2, noted: 'look looked load' })
  })
})
