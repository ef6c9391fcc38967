import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../cli/servers/redis.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import type { Target } from '../../model/world-data.ts'
import { watchJob } from '../../queues/watch.ts'
import type { OpenedHearth } from '../../tools/opened-hearth.ts'
import { kinds } from '../support/kinds.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh, openCache, openHearth, plantWorld } from '../support/setup.ts'

const dayMs = 24 * 3_600_000

/** A hearth on a Redis of its own, whose indexes are whole, or are since `indexedSince`. */
async function openAlone({ indexedSince = 0 } = {}) {
  const server = await startRedis({ isolated: true })
  onTestFinished(() => server.stop())
  const redis = new Redis(server.url)
  onTestFinished(() => redis.disconnect())
  await redis.set('lw:worlds:indexed', indexedSince)
  const opened = openHearth({ cache: server.url, queue: redisUrl() })
  const worldId = fresh()
  const ids = await plantWorld(opened.world, worldId)
  return { ...opened, redis, worldId, ids, index: opened.hearth.cache.keys.index(worldId) }
}

/** Stores entries as a load does. A read on a busy machine may answer without storing what it has loaded. */
async function store({ cache }: OpenedHearth, worldId: string, targets: readonly Target[]): Promise<void> {
  const entries = targets.map(target => cache.keys.entryOf(worldId, target))
  const { token } = await cache.leases.take(entries, 'read')
  const ttl = 60_000
  await cache.leases.fill(
    token,
    entries.map(entry => ({ entry, value: '[]', ttl })),
  )
}

const timelineOf = (id: string): Target => ({ kind: 'timeline', id })

async function allPages({ cache }: OpenedHearth, worldId: string): Promise<string[]> {
  const names: string[] = []
  for await (const page of cache.walk.pages(worldId)) names.push(...page.map(cache.keys.kinds.nameOf))
  return names.toSorted()
}

/** Entries and leases of a world that its index lacks, or of which it says that they end before they do. */
async function unnoted(redis: Redis, worldId: string): Promise<string[]> {
  const prefix = `lw:world:${worldId}:`
  const keys = (await redis.keys(`${prefix}*`)).filter(key => /:(flags|state|recent)(:lease)?$/.test(key))
  const lacking: string[] = []
  for (const key of keys) {
    const name = key.slice(prefix.length).replace(/:lease$/, '')
    const noted = Number((await redis.zscore(`${prefix}index`, name)) ?? 0) / 1_000
    const ttlMs = await redis.pttl(key)
    const endsMs = ttlMs === -1 ? Number.POSITIVE_INFINITY : Date.now() + ttlMs
    if (noted < Math.min(endsMs, Date.now() + 365 * dayMs)) lacking.push(key)
  }
  return lacking
}

test('whatever stores an entry or takes a lease notes it in the index of its world', async () => {
  const { hearth, world, redis, worldId, place, index } = await openAlone()
  await hearth.timeline(worldId, 'c0')
  await hearth.timeline(worldId, 'nobody')
  expect(await unnoted(redis, worldId)).toEqual([])
  await hearth.setFlags(worldId, { weather: 'storm' })
  await hearth.appendEvents(worldId, [
    { event_id: 'old', timestamp: '2020-01-01T00:00:00', participants: ['c0'] },
  ])
  expect(await unnoted(redis, worldId)).toEqual([])
  const pool = await startPool({ ...place, deps: hearth.jobDeps() })
  onTestFinished(() => pool.close(1_000))
  await watchJob(place, await hearth.warm(worldId))
  expect(await unnoted(redis, worldId)).toEqual([])
  expect(await allPages(hearth, worldId)).toHaveLength(9)
  await hearth.invalidate(worldId, [{ kind: 'timeline', id: 'c1' }])
  const load = world.holdNextLoad()
  const reading = hearth.timeline(worldId, 'c1')
  await load.started
  await redis.zrem(index, 'flags')
  expect(await unnoted(redis, worldId)).toEqual([hearth.cache.keys.entry(kinds.flags, worldId, null).key])
  load.release()
  await reading
  expect(await redis.ttl(index), 'only what has a life is evicted').toBe(-1)
})

test('a load that is under way when all of its world is invalidated is not stored', async () => {
  const { hearth, world, redis, worldId } = await openAlone()
  const load = world.holdNextLoad()
  const reading = hearth.timeline(worldId, 'c0')
  await load.started
  const { lease } = hearth.cache.keys.entry(kinds.timeline, worldId, 'c0')
  const token = await redis.get(lease)
  expect(token).not.toBeNull()
  expect(await hearth.invalidate(worldId, 'all')).toEqual({ outcome: 'invalidated', existed: 0 })
  expect(await redis.get(lease)).not.toBe(token)
  load.release()
  await reading
})

test('a walk beside 200,000 keys of other worlds asks Redis a few questions', async () => {
  const { hearth, redis, worldId, ids } = await openAlone()
  const others = `for i = 1, 2000 do redis.call('SET', ARGV[1] .. i .. ':recent', '[]') end`
  for (let i = 0; i < 100; i++) await redis.eval(others, 0, `lw:world:other:timeline:${i}-`)
  await store(hearth, worldId, [{ kind: 'flags' }, ...ids.map(timelineOf)])
  await redis.config('RESETSTAT')
  expect((await hearth.cache.inspect(worldId)).rows).toMatchObject([{ what: 'flags' }, { entries: 3 }])
  expect(await hearth.invalidate(worldId, 'all')).toMatchObject({ existed: 4 })
  const stats = await redis.info('commandstats')
  expect(stats).not.toContain('cmdstat_scan')
  // Not what is counted of probes and of reads, which are sent whenever they are due.
  const calls = [...stats.matchAll(/^cmdstat_(?:z\w+|strlen|pttl):calls=(\d+)/gm)].map(([, count]) =>
    Number(count),
  )
  expect(calls.reduce((sum, count) => sum + count, 0)).toBeLessThan(60)
})

test('a large world is walked page by page, also where many names have one score', async () => {
  const { hearth, redis, worldId, index } = await openAlone()
  const names = Array.from({ length: 3_500 }, (_, i) => `timeline:e${i}:recent`)
  await redis.zadd(index, ...names.flatMap((name, i) => [i < 900 || i > 1_100 ? i * 1e12 : 9e14, name]))
  expect(new Set(await allPages(hearth, worldId)).size).toBe(3_500)
})

test('names of what ended ten minutes ago are removed by the loads of a world, and by the rounds', async () => {
  const { hearth, redis, worldId, index } = await openAlone()
  await store(hearth, worldId, [timelineOf('c0')])
  const ended = (Date.now() - 601_000) * 1_000
  const plant = () => redis.zadd(index, 1, 'timeline:a:recent', ended, 'timeline:b:recent')
  await plant()
  await store(hearth, worldId, [timelineOf('c1'), timelineOf('c2')])
  const living = ['timeline:c0:recent', 'timeline:c1:recent', 'timeline:c2:recent']
  expect((await redis.zrange(index, '0', '-1')).toSorted()).toEqual(living)
  await plant()
  await redis.zadd(index, ended + 60_000_000, 'timeline:d:recent')
  await hearth.cache.index.trim(worldId)
  expect((await redis.zrange(index, '0', '-1')).toSorted(), 'by this a page tells why it is cold').toEqual([
    ...living,
    'timeline:d:recent',
  ])
  await redis.zrem(index, 'timeline:d:recent')
  expect((await redis.zrange(index, '0', '-1')).toSorted()).toEqual(living)
})

test('what an older version stored is found for a day by all keys, and then what lives for ever is', async () => {
  const { hearth, redis, worldId, ids, index } = await openAlone({ indexedSince: Date.now() - dayMs })
  const storedByAnOlderOne = async () => {
    await store(hearth, worldId, [{ kind: 'flags' }, ...ids.map(timelineOf)])
    await redis.del(index)
  }
  await storedByAnOlderOne()
  expect(await hearth.invalidate(worldId, 'all')).toMatchObject({ existed: 4 })
  await storedByAnOlderOne()
  await redis.set('lw:worlds:indexed', Date.now() - 2 * dayMs)
  expect(await allPages(hearth, worldId)).toEqual(['flags'])
  expect(await hearth.invalidate(worldId, 'all')).toMatchObject({ existed: 1 })
})

test('a server is indexed from its first key, or from when it is first asked', async () => {
  const { redis } = await openAlone()
  const cache = openCache({ redis: redis.duplicate({ db: 1 }) })
  await cache.index.isWhole()
  expect(await cache.index.isWhole()).toBe(true)
  expect(await cache.redis.get('lw:worlds:indexed')).toBe('0')
  await cache.redis.set('another', 'key')
  await cache.redis.del('lw:worlds:indexed')
  expect(await cache.index.isWhole()).toBe(false)
  expect(await cache.index.isWhole()).toBe(false)
  expect(Number(await cache.redis.get('lw:worlds:indexed'))).toBeGreaterThan(0)
})

test('another program that puts something at the key of an index stops nothing', async () => {
  const { hearth, redis, worldId, index } = await openAlone()
  await redis.set(index, 'not ours')
  await store(hearth, worldId, [timelineOf('c0')])
  expect(await allPages(hearth, worldId)).toEqual(['timeline c0'])
  await redis.set(index, 'not ours')
  expect(await allPages(hearth, worldId)).toEqual([])
})
