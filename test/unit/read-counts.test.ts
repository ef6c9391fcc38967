import { expect, test, vi } from 'vitest'
import { noObserver } from '../../cache/observer.ts'
import { createReadCounts, type ReadCountsOptions } from '../../cache/read-counts.ts'

/** Counts into a map; Redis answers when the test lets it. */
function setup(options: ReadCountsOptions = {}) {
  const scores = new Map<string, number>()
  const touched = new Map<string, number>()
  let lost = 0
  let answer: Promise<void> = Promise.resolve()
  const counts = createReadCounts({
    popularity: {
      async add(worldId, reads) {
        await answer
        for (const [id, count] of reads)
          scores.set(`${worldId} ${id}`, (scores.get(`${worldId} ${id}`) ?? 0) + count)
      },
    },
    activeWorlds: {
      async touch(worldId, atMs = 0) {
        touched.set(worldId, atMs)
      },
    },
    observer: { ...noObserver, countsLost: reads => (lost += reads) },
    everyMs: 1e6,
    ...options,
  })
  return {
    counts,
    scores,
    touched,
    lost: () => lost,
    /** From now on Redis gives this answer. */
    redis: (next: Promise<void>) => {
      answer = next
    },
  }
}

test('reads of one entity are sent as one sum, world by world', async () => {
  const { counts, scores, touched } = setup()
  for (let i = 0; i < 5; i++) counts.count('w1', 'c1')
  counts.count('w1', 'c2')
  counts.count('w2', 'c1')
  expect(scores.size).toBe(0)
  await counts.flush()
  expect(Object.fromEntries(scores)).toEqual({ 'w1 c1': 5, 'w1 c2': 1, 'w2 c1': 1 })
  expect([...touched.keys()]).toEqual(['w1', 'w2'])
})

test('a world is touched at the time of its last read, however late the counts are sent', async () => {
  vi.useFakeTimers({ now: 1_000, toFake: ['Date'] })
  const { counts, touched } = setup()
  counts.count('w1', 'c1')
  vi.setSystemTime(9_000)
  await counts.flush()
  vi.useRealTimers()
  expect(touched.get('w1')).toBe(1_000)
})

test('counts are sent after a while, and at once if there are too many entities', async () => {
  const soon = setup({ everyMs: 5 })
  soon.counts.count('w1', 'c1')
  await expect.poll(() => soon.scores.size).toBe(1)
  const many = setup({ most: 3 })
  for (const id of ['a', 'b', 'c']) many.counts.count('w1', id)
  await expect.poll(() => many.scores.size).toBe(3)
})

test('while Redis is slow, a limited number of counts is held, and the others are counted as lost', async () => {
  const { counts, scores, lost, redis } = setup({ most: 10 })
  let release = () => {}
  redis(new Promise(resolve => (release = resolve)))
  for (let i = 0; i < 10; i++) counts.count('w1', `first-${i}`) // go out
  for (let i = 0; i < 100; i++) counts.count(`w${i}`, `then-${i}`) // ten of them are held
  counts.count('w0', 'then-0') // is held already
  expect(lost()).toBe(90)
  release()
  await counts.close()
  expect(scores.size).toBe(20)
  expect(scores.get('w0 then-0')).toBe(2)
})

test('counts that Redis refuses are lost and counted, not retried', async () => {
  const { counts, scores, lost, redis } = setup()
  redis(Promise.reject(new Error('gone')))
  for (let i = 0; i < 7; i++) counts.count('w1', 'c1')
  await counts.flush()
  redis(Promise.resolve())
  counts.count('w1', 'c1')
  await counts.close()
  expect(lost()).toBe(7)
  expect(scores.get('w1 c1')).toBe(1)
})

test('many counts are sent in parts, so that no call keeps Redis busy for long; what a failure leaves is lost', async () => {
  const sizes: number[] = []
  let lost = 0
  const counts = createReadCounts({
    popularity: {
      async add(_worldId, reads) {
        if (sizes.length === 2) throw new Error('gone')
        sizes.push(reads.size)
      },
    },
    activeWorlds: { touch: async () => {} },
    observer: { countsLost: reads => (lost += reads) },
    everyMs: 1e6,
  })
  for (let i = 0; i < 1_800; i++) counts.count('w1', `c${i}`)
  await counts.flush()
  expect(sizes).toEqual([500, 500])
  expect(lost).toBe(800)
})

test('sampling is right on average', async () => {
  const { counts, scores } = setup({ sampleOneIn: 10, most: 1e6 })
  const reads = 200_000
  for (let i = 0; i < reads; i++) counts.count('w1', `c${i % 2}`)
  await counts.flush()
  // One in ten of 100,000: the standard deviation is 95 counted reads, 950 in the sum; six of them occur once in a
  // billion.
  for (const id of ['c0', 'c1'])
    expect(Math.abs((scores.get(`w1 ${id}`) ?? 0) - reads / 2)).toBeLessThan(5_700)
})
