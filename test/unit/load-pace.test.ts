import { performance as node } from 'node:perf_hooks'
import { expect, onTestFinished, test, vi } from 'vitest'
import { quantile } from '../../bench/rounds.ts'
import { createLoadLimiter } from '../../resilience/load-limiter.ts'

/** A source of simulated time: a write takes 2 ms, and one that begins beside a load of a job as long as that goes on. */
function openSource({ gameWrites = true, loadMs = 10 } = {}) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'], now: 0 })
  const loop = vi.spyOn(node, 'eventLoopUtilization').mockReturnValue({ idle: 0, active: 0, utilization: 0 })
  onTestFinished(() => {
    vi.useRealTimers()
    loop.mockRestore()
  })
  const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))
  let loadEndsAt = 0
  let written = 0
  let loads = 0
  const write = async () => {
    const from = performance.now()
    await pause(2 + Math.max(0, loadEndsAt - from))
    return performance.now() - from
  }
  const limiter = (maxSlowdown: number) => {
    const made = createLoadLimiter({
      most: 1,
      maxSlowdown,
      async probe() {
        await write()
        return gameWrites ? String(written++) : 'nothing was written'
      },
    })
    onTestFinished(() => made.stop())
    return made
  }
  const load = async (items: readonly number[]): Promise<number[]> => {
    loads += items.length
    loadEndsAt = performance.now() + loadMs
    await pause(loadMs)
    return [...items]
  }
  return { limiter, load, write, loaded: () => loads }
}

/** A job that loads for this many seconds of simulated time. Answers what the game's writes took in its second half. */
async function loadFor(
  seconds: number,
  { source, maxSlowdown = 1.5 }: { source: ReturnType<typeof openSource>; maxSlowdown?: number },
) {
  const limiter = source.limiter(maxSlowdown)
  const felt: number[] = []
  const job = async () => {
    while (performance.now() < seconds * 1_000) {
      await limiter.run(
        'job',
        Array.from({ length: 25 }, (_, i) => i),
        source.load,
      )
    }
  }
  const game = async () => {
    let limit = 0
    for (let n = 0; performance.now() < seconds * 1_000; n++) {
      const ms = await source.write()
      limit = limiter.limit
      if (performance.now() > seconds * 500) felt.push(ms)
      await new Promise(resolve => setTimeout(resolve, 3 + ((n * 7) % 11)))
    }
    return limit
  }
  const both = Promise.all([job(), game()])
  await vi.advanceTimersByTimeAsync(seconds * 1_000 + 3_000)
  const [, limit] = await both
  return { felt, limit }
}

test('beside a game that writes, loads rest until its writes are as quick as is wanted', async () => {
  const source = openSource()
  const { felt, limit } = await loadFor(60, { source })
  expect(limit).toBeLessThan(0.5)
  expect(limit).toBeGreaterThanOrEqual(0.05)
  const late = felt.filter(ms => ms > 2 * 1.5).length / felt.length
  expect(late, 'one in twenty').toBeLessThan(0.1)
  expect(source.loaded()).toBeGreaterThan(1_000)
})

test('a game that may be slowed down more is: all the time is loaded', async () => {
  const source = openSource()
  const { felt, limit } = await loadFor(60, { source, maxSlowdown: 10 })
  expect(limit).toBe(1)
  expect(quantile(felt, 0.5)).toBeGreaterThan(3)
})

test('while nothing is written, loads do not rest', async () => {
  const source = openSource({ gameWrites: false })
  const { limit } = await loadFor(20, { source })
  expect(limit).toBe(1)
  expect(source.loaded()).toBeGreaterThan(0.85 * (20_000 / 10) * 25)
})

test('until it is known whether the game writes, it counts as writing', async () => {
  const source = openSource({ gameWrites: false })
  const limiter = source.limiter(1.5)
  expect(limiter.limit).toBe(0.1)
  const job = limiter.run('job', [1], source.load)
  await vi.advanceTimersByTimeAsync(100)
  await job
  expect(limiter.limit).toBe(1)
})
