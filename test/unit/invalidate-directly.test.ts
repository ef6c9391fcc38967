import { expect, test, vi } from 'vitest'
import type { Cache } from '../../cache/cache.ts'
import { createKeys } from '../../cache/keys.ts'
import { createDirect } from '../../hearth/invalidate-directly.ts'
import { HearthError } from '../../model/errors.ts'

const targets = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ kind: 'timeline', id: `c${i}` }) as const)

/** A cache whose invalidations end when the test says so, with the numbers of their entries. */
function open() {
  const calls: { entries: number; answer(): void; fail(error: Error): void }[] = []
  const doubt = vi.fn()
  const dropped: string[] = []
  const cache = {
    keys: createKeys(),
    memory: { drop: (entries: readonly { key: string }[]) => dropped.push(...entries.map(({ key }) => key)) },
    firstConnected: async () => {},
    cacheState: { doubt, breakerOf: () => ({ closed: true }) },
    direct: {
      invalidate: (_worldId: string, entries: readonly unknown[]) =>
        new Promise((resolve, reject) => {
          const answer = () =>
            resolve({ outcome: 'invalidated', version: calls.length, existed: entries.length })
          calls.push({ entries: entries.length, answer, fail: reject })
        }),
    },
  } as unknown as Cache
  return { direct: createDirect({ cache, timeoutMs: 50 }), calls, doubt, dropped }
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

test('a lone change is sent at once; those that come meanwhile go together with the next call', async () => {
  const { direct, calls, dropped } = open()
  await new Promise(process.nextTick) // it is connected
  const named = (id: string) => [{ kind: 'timeline', id }] as const
  const first = direct('w', named('a'))
  expect(
    calls.map(({ entries }) => entries),
    'in the same turn',
  ).toEqual([1])
  const others = [direct('w', named('b')), direct('w', named('c')), direct('v', named('a'))]
  expect(calls, 'another world waits for none').toHaveLength(2)
  expect(dropped, 'what waits is in this memory no more').toEqual([
    'lw:world:w:timeline:b:recent',
    'lw:world:w:timeline:c:recent',
  ])
  calls[0]?.answer()
  await first
  await expect.poll(() => calls.map(({ entries }) => entries)).toEqual([1, 1, 2])
  for (const { answer } of calls) answer()
  expect(await Promise.all(others)).toMatchObject([{ existed: 2 }, { existed: 2 }, { existed: 1 }])
})

test('a call that fails keeps none of the changes that came meanwhile', async () => {
  const { direct, calls, doubt } = open()
  await new Promise(process.nextTick)
  const [first, second] = [direct('w', targets(1)), direct('w', targets(2))]
  calls[0]?.fail(new HearthError('CacheUnavailable', 'away'))
  expect(await first).toBeUndefined()
  await expect.poll(() => calls.length).toBe(2)
  calls[1]?.answer()
  expect(await second).toMatchObject({ outcome: 'invalidated', existed: 2 })
  expect(doubt).toHaveBeenCalledTimes(1)
})
