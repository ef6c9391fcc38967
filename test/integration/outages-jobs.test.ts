import { Redis } from 'ioredis'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { startRedis } from '../../cli/servers/redis.ts'
import type { PoolOptions } from '../../jobs/pool/options.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { HearthError } from '../../model/errors.ts'
import { watchJob } from '../../queues/watch.ts'
import { openWay } from '../chaos/proxy.ts'
import { kinds } from '../support/kinds.ts'
import { inTime } from '../support/relay-setup.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh, openHearth, plantWorld, queueOf } from '../support/setup.ts'

async function openWorkers(options: Partial<PoolOptions> = {}, open = openHearth()) {
  const { hearth, world, place } = open
  const worldId = fresh()
  await plantWorld(world, worldId)
  await hearth.cache.ping()
  const start = async () => {
    const pool = await startPool({ ...place, deps: hearth.jobDeps(), ...options })
    onTestFinished(() => pool.close(1_000))
    return pool
  }
  const [warmQueue, invalidations] = [queueOf(hearth, 'warm'), queueOf(hearth, 'invalidate')]
  return { hearth, world, place, worldId, start, warmQueue, invalidations }
}

describe('a job', () => {
  test('that meets a Neo4j that is away is postponed, and keeps its attempts', async () => {
    const { hearth, world, worldId, start, warmQueue } = await openWorkers()
    world.failNextLoad(new HearthError('WorldUnavailable', 'away'), 3) // two a run: flags and snapshot
    await start()
    const { id } = await hearth.warm(worldId)
    await expect.poll(async () => (await warmQueue.getJob(id))?.getState(), inTime).toBe('completed')
    const job = await warmQueue.getJob(id)
    expect(job?.attemptsMade, 'as if there had been no outage').toBe(1)
    expect(job?.attemptsStarted).toBeGreaterThan(1)
  })

  test('waits for the cache in its worker, and continues when the cache is back', async () => {
    const way = await openWay(redisUrl())
    onTestFinished(way.close)
    const open = openHearth({ cache: way.url, queue: redisUrl() })
    const { hearth, worldId, start, invalidations } = await openWorkers({}, open)
    await hearth.timeline(worldId, 'c0')
    way.become({ kind: 'cut' })
    await expect.poll(() => hearth.cache.breaker.closed, inTime).toBe(false)
    await hearth.ensureInvalidated(
      ['c0', 'c1', 'c2'].map(id => ({ worldId, target: { kind: 'timeline', id }, version: null })),
    )
    await start()
    await expect.poll(() => invalidations.getActiveCount(), inTime).toBe(3)
    way.become({ kind: 'clear' })
    await expect.poll(() => invalidations.getCompletedCount(), inTime).toBe(3)
    expect((await invalidations.getCompleted()).map(job => job.attemptsMade)).toEqual([1, 1, 1])
  })

  test('is watched through an outage of the queues, of which nothing is printed', async () => {
    const way = await openWay(redisUrl())
    onTestFinished(way.close)
    const { hearth, place, worldId, start } = await openWorkers()
    const printed = vi.spyOn(console, 'error')
    onTestFinished(() => printed.mockRestore())
    const job = await hearth.warm(worldId)
    const result = watchJob({ ...place, address: way.url }, job)
    await expect.poll(() => way.connections.opened, inTime).toBeGreaterThanOrEqual(2)
    way.become({ kind: 'cut' })
    await expect.poll(() => way.connections.refused, inTime).toBeGreaterThanOrEqual(2)
    way.become({ kind: 'clear' })
    await start()
    expect(await result).toMatchObject({ outcome: 'warmed' })
    expect(printed).not.toHaveBeenCalled()
  })

  test('that has lost its lock begins no load, and stores nothing that it has loaded', async () => {
    const server = await startRedis({ isolated: true })
    onTestFinished(() => server.stop())
    const open = openHearth({ cache: redisUrl(), queue: server.url })
    const place = { ...open.place, address: server.url }
    let lost = false
    const onError = (error: Error) => {
      if (error.message.includes('could not renew lock')) lost = true
    }
    const { hearth, world, worldId, start, warmQueue } = await openWorkers({ ...place, onError }, open)
    const load = world.holdNextLoad({ method: 'timelines' })
    await start()
    const { id } = await hearth.warm(worldId)
    await load.started
    const redis = new Redis(server.url)
    onTestFinished(() => redis.disconnect())
    const lock = `${place.prefix}:warm:${id}:lock`
    expect(await redis.del(lock), 'as if it had run out').toBe(1)
    await redis.set(lock, 'another worker')
    const job = await warmQueue.getJob(id)
    await expect.poll(() => lost, inTime).toBe(true)
    load.release()
    await expect.poll(() => world.loadsOf('timelines'), inTime).toBe(1)
    await new Promise(resolve => setTimeout(resolve, 200))
    expect(await hearth.cache.redis.exists(hearth.cache.keys.entry(kinds.timeline, worldId, 'c0').key)).toBe(
      0,
    )
    expect(await job?.getState()).not.toBe('completed')
  })
})

test('a worker whose connections have died silently is replaced, and its jobs are done', async () => {
  const way = await openWay(redisUrl())
  onTestFinished(way.close)
  const troubles: string[] = []
  const { hearth, worldId, place, start, warmQueue } = await openWorkers({
    address: way.url,
    watchdog: { stuckMs: 1_000, everyMs: 200 },
    onError: error => void troubles.push(error.message),
  })
  await start()
  const first = await hearth.warm(worldId)
  await expect.poll(async () => (await warmQueue.getJob(first.id))?.getState(), inTime).toBe('completed')
  way.forget()
  const second = await hearth.warm(worldId, { force: true })
  await expect.poll(async () => (await warmQueue.getJob(second.id))?.getState(), inTime).toBe('completed')
  expect(troubles.join()).toContain(`the worker of the queue warm took no job although some wait`)
  expect(place.address).toBe(redisUrl())
})
