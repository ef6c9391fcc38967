import { sumBy } from 'es-toolkit'
import { Counter, Registry } from 'prom-client'
import { expect, onTestFinished, test } from 'vitest'
import { countEntries } from '../../cache/census.ts'
import { startRedis } from '../../cli/servers/redis.ts'
import type { Found, Overview } from '../../dashboard/console/overview.ts'
import { createRate } from '../../dashboard/console/reads.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { createFleetCounts, createFleetReader } from '../../queues/fleet-counts.ts'
import { readQueueServer } from '../../queues/queue-server.ts'
import { readQueueStats } from '../../queues/queue-stats.ts'
import { openStore } from '../../queues/redis.ts'
import { createMetrics } from '../../telemetry/metrics.ts'
import { createQueueMetrics, type QueueMetricsDeps } from '../../telemetry/queue-metrics.ts'
import type { OpenedHearth } from '../../tools/opened-hearth.ts'
import { ask, openPages } from '../support/http.ts'
import { kinds } from '../support/kinds.ts'
import { fresh, openHearth, plantWorld, queueOf } from '../support/setup.ts'

test('reads of several processes are added up, by kind and by world', async () => {
  const { place, store } = await openPages()
  for (const [hits, misses] of [
    [5, 1],
    [7, 0],
  ] as const) {
    const counts = createFleetCounts({ ...place, everyMs: 20 })
    onTestFinished(() => counts.close())
    counts.hit('timeline', hits, hits === 5 ? 'near' : 'redis')
    counts.readOf('a:b', hits, misses)
    if (misses > 0) counts.miss('flags', misses)
  }
  const reader = createFleetReader(store)
  const lately = async () => (await reader.minutes(2)).reduce((sum, m) => sum + m.hits + m.misses, 0)
  await expect.poll(lately).toBe(13)
  expect((await reader.minutes(2)).reduce((sum, { near }) => sum + near, 0)).toBe(5)
  const ofWorlds = await reader.readsOf(['a:b', 'another'], 2)
  const sums = Array.from(ofWorlds, ([id, minutes]) => [
    id,
    sumBy(minutes, ({ hits }) => hits),
    sumBy(minutes, ({ misses }) => misses),
  ])
  expect(sums).toEqual([
    ['a:b', 12, 1],
    ['another', 0, 0],
  ])
  expect([...(await reader.hottest(2, 10))]).toEqual([['a:b', 13]])
  for (const key of await store.redis.keys(`${store.prefix}:reads:*`)) {
    expect(await store.redis.ttl(key), 'it is removed by itself').toBeGreaterThan(7_000)
  }
})

test('what the overview reads of the fleet does not grow with the number of worlds', async () => {
  const { place, store } = await openPages()
  const counts = createFleetCounts({ ...place, everyMs: 20 })
  onTestFinished(() => counts.close())
  for (let i = 1; i <= 150; i++) {
    counts.hit('timeline', i, 'redis')
    counts.readOf(`w${i}`, i, 0)
  }
  const reader = createFleetReader(store)
  await expect.poll(async () => sumBy(await reader.minutes(3), ({ hits }) => hits)).toBe((150 * 151) / 2)
  const hottest = [...(await reader.hottest(3, 40))]
  expect(hottest).toHaveLength(40)
  expect(hottest.slice(0, 2)).toEqual([
    ['w150', 150],
    ['w149', 149],
  ])
  for (const minute of await reader.minutes(3)) {
    expect(await store.redis.hlen(`${store.prefix}:reads:${minute.minute}`)).toBeLessThanOrEqual(1)
  }
})

test('reads of a world that is shown later are read too, of minutes that are over as well', async () => {
  const { store } = await openPages()
  const now = Date.now()
  const key = `${store.prefix}:reads:${Math.floor(now / 60_000) - 5}`
  for (const [id, reads] of Object.entries({ w1: 3, w2: 4 })) {
    await store.redis.zadd(`${key}:worlds`, reads, id)
    await store.redis.zadd(`${key}:misses`, 1, id)
  }
  const reader = createFleetReader(store)
  const ofMinute = async (ids: string[]) =>
    Array.from(await reader.readsOf(ids, 10, now), ([id, minutes]) => [
      id,
      minutes[4]?.hits,
      minutes[4]?.misses,
    ])
  expect(await ofMinute(['w1'])).toEqual([['w1', 2, 1]])
  expect(await ofMinute(['w1', 'w2'])).toEqual([
    ['w1', 2, 1],
    ['w2', 3, 1],
  ])
  await store.redis.del(`${key}:worlds`)
  expect(await ofMinute(['w2']), 'a minute that is over is read once').toEqual([['w2', 3, 1]])
})

test('the overview and the API show that a world is ready before it is warm', async () => {
  const { hearth, world, place, api } = await openPages()
  const worldId = fresh()
  await plantWorld(world, worldId, { entities: 4 })
  await hearth.cache.popularity.add(worldId, new Map([['c3', 9]]))
  world.holdNextLoad({ method: 'timelines' }).release()
  const rest = world.holdNextLoad({ method: 'timelines' })
  const pool = await startPool({ ...place, deps: hearth.jobDeps({ chunkSize: 2 }) })
  onTestFinished(() => pool.close(1_000))
  const { id } = await hearth.activated(worldId)
  await rest.started
  const progress = { readyMs: expect.any(Number) }
  const overview = (await ask(`${api}/overview`)).json as Overview
  expect(overview.worlds.find(row => row.id === worldId)?.warming).toMatchObject({ progress })
  const job = async () => (await ask(`${api}/jobs/warm/${id}`)).json
  expect(await job()).toMatchObject({ progress })
  rest.release()
  await expect.poll(job, { timeout: 15_000 }).toMatchObject({
    state: 'completed',
    result: { entries: 10, readyMs: expect.any(Number), warmMs: expect.any(Number) },
  })
})

test('the overview shows what the library read, how warm a world is, and what is being warmed', async () => {
  const { hearth, world, place, api } = await openPages()
  const worldId = fresh('w%{}:')
  await plantWorld(world, worldId, { entities: 4 })
  await hearth.warm(worldId)
  const look = async () => (await ask(`${api}/overview`)).json as Overview
  const row = async () => (await look()).worlds.find(({ id }) => id === worldId)
  expect(await row()).toMatchObject({ due: null, warming: { state: 'waiting' } })
  await hearth.timeline(worldId, 'c3') // what is read is among the hottest, whatever other tests have in this Redis

  const pool = await startPool({ ...place, deps: hearth.jobDeps({ chunkSize: 2 }) })
  onTestFinished(() => pool.close(1_000))
  await expect.poll(row, { timeout: 15_000 }).toMatchObject({ due: 10, present: 10, warming: null })
  await hearth.timeline(worldId, 'c1')
  await hearth.timeline(worldId, 'c2')
  await expect
    .poll(async () => (await row())?.minutes.reduce((sum, m) => sum + m.hits, 0), { timeout: 10_000 })
    .toBe(2)
  const { queueStats, workers, causes } = await look()
  expect(queueStats.map(({ name }) => name)).toContain('warm')
  expect([workers, causes.filter(({ key }) => key !== 'scheduler')]).toEqual([1, []])
})

test('a census counts entries that exist, but no leases, versions, or keys of other programs', async () => {
  const { hearth, world } = await openPages()
  const worldId = fresh('c/e:n')
  await plantWorld(world, worldId)
  await hearth.flags(worldId)
  await hearth.timelines(worldId, ['c0', 'c1'])
  await hearth.entity(worldId, { type: 'object', id: 'none' })
  await hearth.invalidate(worldId, [{ kind: 'timeline', id: 'c1' }])
  await hearth.cache.leases.take([hearth.cache.keys.entry(kinds.snapshot, worldId, null)], 'warm')
  await hearth.cache.redis.rpush(hearth.cache.keys.entry(kinds.timeline, worldId, 'c2').key, 'a list')
  expect(await countEntries(hearth.cache, worldId)).toBe(2)
})

test('the overview shows the worlds that matter and counts the others; the search finds each by its id', async () => {
  const server = await startRedis({ isolated: true })
  onTestFinished(() => server.stop())
  const { hearth, world, api } = await openPages({ hearth: { redis: server.url } })
  const { redis, keys, activeWorlds } = hearth.cache
  await redis.zadd(keys.activeWorlds, ...Array.from({ length: 1_100 }, (_, i) => [1 + i, `w${i}`]).flat())
  const look = async () => (await ask(`${api}/overview`)).json as Overview
  const { worlds, moreWorlds } = await look()
  expect(worlds.map(({ id }) => id)).toEqual(Array.from({ length: 8 }, (_, i) => `w${1_099 - i}`))
  expect(moreWorlds).toBe(1_092)
  await plantWorld(world, 'of-old')
  await hearth.timeline('of-old', 'c1')
  await hearth.cache.readCounts.flush()
  await activeWorlds.forget('of-old')
  const search = async (q: string) => ((await ask(`${api}/search?q=${q}`)).json as Found).worlds
  expect(await search('of-old')).toEqual([{ id: 'of-old', what: 'world' }])
  expect(await search('of-o'), 'it is not among the last').toEqual([])
  expect((await search('w1099')).map(({ id }) => id)).toEqual(['w1099'])
})

test('a world is counted through its index, not through the keys of all worlds', async () => {
  const server = await startRedis({ isolated: true })
  onTestFinished(() => server.stop())
  const { hearth, world } = openHearth({ redis: server.url })
  const { redis } = hearth.cache
  await plantWorld(world, 'w1')
  await hearth.timelines('w1', ['c0', 'c1'])
  const commands = async () => {
    await redis.config('RESETSTAT')
    expect(await countEntries(hearth.cache, 'w1')).toBe(2)
    const stats = await redis.info('commandstats')
    return ['scan', 'strlen', 'zrangebyscore'].map(name =>
      Number(new RegExp(`^cmdstat_${name}:calls=(\\d+)`, 'm').exec(stats)?.[1] ?? 0),
    )
  }
  const alone = await commands()
  expect(alone).toEqual([0, 2, 1])
  await redis.mset(Array.from({ length: 5_000 }, (_, i) => [`lw:world:other${i}:flags`, '{}']).flat())
  expect(await commands()).toEqual(alone)
})

/** The gauges of this hearth's queues, as in a scheduler. */
function showQueues(
  { producer: { queues } }: Pick<OpenedHearth, 'producer'>,
  { registry, reports }: Pick<QueueMetricsDeps, 'registry' | 'reports'>,
): void {
  createQueueMetrics({
    registry,
    readQueues: () => readQueueStats(queues),
    readServer: () => readQueueServer(queues),
    reports,
  })
}

test('queue gauges come from the active process, and show the queues', async () => {
  const { hearth } = await openPages()
  await hearth.warm(fresh())
  const registry = new Registry()
  let tells = false
  showQueues(hearth, { registry, reports: () => tells })
  expect(await registry.metrics()).not.toMatch(/queue="warm"/)
  tells = true
  const page = await registry.metrics()
  expect(page).toContain('lw_queue_jobs{queue="warm",state="waiting"} 1')
  expect(page).toContain('lw_queue_jobs{queue="invalidate",state="failed"} 0')
  expect(page).toMatch(/lw_queue_oldest_waiting_seconds\{queue="warm"\} 0\.\d+/)
  expect(page).toContain('lw_queue_workers{queue="warm"} 0')
  expect(page).toContain('lw_scheduler_acts 1')
  await queueOf(hearth, 'warm').pause() // what Bull Board's button does: its jobs wait all the same
  await hearth.warm(fresh())
  expect(await registry.metrics()).toContain('lw_queue_jobs{queue="warm",state="waiting"} 2')
  tells = false
  const after = await registry.metrics()
  expect(after).not.toMatch(/queue="warm"|lw_queue_redis_\w+\{/)
  expect(after).toContain('lw_scheduler_acts 0')
})

test("the memory of the queues' Redis is reported with its limit, and why it may lose jobs", async () => {
  const server = await startRedis({ isolated: true, maxMemory: '64mb' })
  onTestFinished(() => server.stop())
  const { hearth } = openHearth({ redis: server.url })
  const registry = new Registry()
  showQueues(hearth, { registry, reports: () => true })
  const danger = (why: string) => `lw_queue_redis_danger{why="${why}"}`
  const page = await registry.metrics()
  expect(page).toMatch(/^lw_queue_redis_memory_bytes\{of="used"\} \d{6,8}$/m)
  expect(page).toContain(`lw_queue_redis_memory_bytes{of="limit"} ${64 * 1024 * 1024}`)
  for (const why of ['evicts', 'no-file', 'file-failing']) expect(page).toContain(`${danger(why)} 0`)

  const { redis } = openStore({ address: server.url })
  onTestFinished(() => redis.disconnect())
  await redis.config('SET', 'appendonly', 'no', 'maxmemory-policy', 'volatile-lfu')
  const unsafe = await registry.metrics()
  expect(unsafe).toContain(`${danger('evicts')} 1`)
  expect(unsafe).toContain(`${danger('no-file')} 1`)

  await server.process?.kill('SIGSTOP')
  const frozen = await registry.metrics()
  expect(frozen).not.toMatch(/lw_queue_(jobs|redis_\w+)\{/)
  expect(frozen).toContain('lw_scheduler_acts 1')
})

// Retried, because a busy machine may keep the first read from storing its value.
const retry = 2
test("counts of a backend's reads are merged with its own metrics, and its observer gets the same calls", {
  retry,
}, async () => {
  const own = new Registry()
  new Counter({ name: 'game_turns_total', help: 'Turns', registers: [own] }).inc(7)
  const misses: string[] = []
  const { hearth, world } = openHearth({ observer: { miss: kind => void misses.push(kind) } })
  const worldId = fresh()
  await plantWorld(world, worldId)
  await hearth.flags(worldId)
  await hearth.flags(worldId)

  const page = await Registry.merge([own, hearth.metrics.registry]).metrics()
  expect(page).toContain('game_turns_total 7')
  expect(page).toContain('lw_cache_hits_total{kind="flags",level="redis"} 1')
  expect(page).toContain('lw_cache_misses_total{kind="flags"} 1')
  expect(page).toMatch(/^lw_load_limit \d/m)
  expect(page).not.toMatch(/^process_/m)
  expect(misses).toEqual(['flags'])
})

test('a recorded change is timed from its commit to its invalidation', async () => {
  const { hearth, place } = await openPages()
  const metrics = createMetrics({ process: false })
  const pool = await startPool({ ...place, deps: hearth.jobDeps({ onInvalidated: metrics.stale }) })
  onTestFinished(() => pool.close(1_000))
  const recordedAtMs = Date.now() - 3_000
  await hearth.ensureInvalidated([
    { worldId: fresh(), target: { kind: 'flags' }, version: null, recordedAtMs },
  ])
  await expect.poll(() => metrics.registry.metrics()).toMatch(/lw_staleness_seconds_sum 3\.\d/)
})

test('a rate is the recent growth of a count; a count that restarts is not a decrease', () => {
  const rate = createRate(10_000)
  expect(rate.of('x', 100, 0)).toBe(0)
  expect(rate.of('x', 150, 5_000)).toBe(10)
  expect(rate.of('x', 150, 20_000)).toBe(0)
  expect(rate.of('x', 10, 21_000)).toBe(0)
  expect(rate.of('x', 20, 22_000)).toBe(10)
})
