import { expect, test, vi } from 'vitest'
import type { Cache } from '../../cache/cache.ts'
import { createKeys } from '../../cache/keys.ts'
import { createDirect } from '../../hearth/invalidate-directly.ts'

const targets = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ kind: 'timeline', id: `c${i}` }) as const)

/** A cache whose invalidations end when the test says so, with the numbers of their entries. */
function open() {
  const calls: { entries: number; answer(): void }[] = []
  const doubt = vi.fn()
  const cache = {
    keys: createKeys(),
    memory: { drop: () => {} },
    firstConnected: async () => {},
    cacheState: { doubt, breakerOf: () => ({ closed: true }) },
    direct: {
      invalidate: (_worldId: string, entries: readonly unknown[]) =>
        new Promise(resolve => {
          const answer = () =>
            resolve({ outcome: 'invalidated', version: calls.length, existed: entries.length })
          calls.push({ entries: entries.length, answer })
        }),
    },
  } as unknown as Cache
  return { direct: createDirect({ cache, timeoutMs: 50 }), calls, doubt }
}

test('ten thousand targets are one step, with three times the time limit of a few', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  const { direct, calls, doubt } = open()
  const many = direct('w', targets(10_000))
  await vi.advanceTimersByTimeAsync(0)
  const few = direct(
    'w',
    targets(1).map(target => ({ ...target, id: 'another' })),
  )
  await vi.advanceTimersByTimeAsync(140)
  calls[0]?.answer()
  expect(await many).toMatchObject({ outcome: 'invalidated', existed: 10_000 })
  await vi.advanceTimersByTimeAsync(40)
  calls[1]?.answer()
  expect(await few, 'waited behind it').toMatchObject({ outcome: 'invalidated', existed: 1 })
  expect(doubt).not.toHaveBeenCalled()
  vi.useRealTimers()
})

test('a Redis that stops answering is doubted after 50 ms, with many targets in progress after 150 ms', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  for (const [count, limitMs] of [
    [1, 50],
    [10_000, 150],
  ] as const) {
    const { direct, doubt } = open()
    const invalidating = direct('w', targets(count))
    await vi.advanceTimersByTimeAsync(limitMs - 1)
    expect(doubt).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(2)
    expect(await invalidating).toBeUndefined()
    expect(doubt).toHaveBeenCalledTimes(1)
  }
  vi.useRealTimers()
})

test('changes beyond the limit of a process go to the outbox at once', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  const { direct, calls, doubt } = open()
  const first = Array.from({ length: 10 }, () => direct('w', targets(10_000)))
  await vi.advanceTimersByTimeAsync(0)
  expect(doubt).not.toHaveBeenCalled()
  const refused = direct('w', targets(1))
  await vi.advanceTimersByTimeAsync(0) // no timeout expires
  expect(doubt).toHaveBeenCalledTimes(1)
  expect(await refused).toBeUndefined()
  while (calls.length > 0) {
    calls.shift()?.answer()
    await vi.advanceTimersByTimeAsync(0)
  }
  await Promise.all(first)
  expect(calls).toEqual([])
  vi.useRealTimers()
})
