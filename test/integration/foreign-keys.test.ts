import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { countEntries } from '../../cache/census.ts'
import { popularEntities } from '../../cache/popular-entities.ts'
import { latestWorlds } from '../../cache/world-facts.ts'
import { type StartedRedis, startRedis } from '../../cli/servers/redis.ts'
import type { AuditResult } from '../../jobs/audit/payload.ts'
import { auditActiveWorlds } from '../../jobs/audit/schedule.ts'
import { sweepPending } from '../../jobs/flush/sweep.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { refreshPopular } from '../../jobs/refresh/schedule.ts'
import { createPendingKeys } from '../../queues/pending-keys.ts'
import { watchJob } from '../../queues/watch.ts'
import { kinds } from '../support/kinds.ts'
import { fresh, openHearth, openStoreAt, plantWorld } from '../support/setup.ts'

/** A separate Redis, because this test corrupts the sets of all worlds. */
let redis: StartedRedis
beforeAll(async () => {
  redis = await startRedis({ isolated: true })
})
afterAll(() => redis?.stop())

/** A warm world whose reads are hits, and its parts. */
async function warmWorld() {
  const opened = openHearth({ redis: redis.url, lives: { jitter: 0 } })
  const { hearth, world } = opened
  const worldId = fresh()
  const ids = await plantWorld(world, worldId)
  const { redis: own, keys } = hearth.cache
  const entries = [
    keys.entry(kinds.flags, worldId, null),
    ...ids.map(id => keys.entry(kinds.timeline, worldId, id)),
  ]
  const read = async () => {
    await hearth.timelines(worldId, ids)
    await hearth.flags(worldId)
    return own.exists(...entries.map(({ key }) => key))
  }
  await expect.poll(read).toBe(entries.length) // on a busy machine a read may answer without storing what it has loaded
  return { ...opened, cache: hearth.cache, keys, worldId, ids, entries: entries.map(({ key }) => key) }
}

const noIds = ['', 'x'.repeat(257), Buffer.from([0xc3, 0x28])]

test('a key that has no valid id is skipped by the census, inspect, an audit and invalidations', async () => {
  const { hearth, cache, keys, worldId, ids, place, entries } = await warmWorld()
  const names = ['%zz', '%', '%C3%28', '%41', 'a%2Fb%2f', 'x'.repeat(300)]
  const foreign = names.flatMap(name => [
    `lw:world:${worldId}:timeline:${name}:recent`,
    `lw:world:${worldId}:character:${name}:state`,
    `lw:world:${worldId}:object:${name}:state:lease`,
  ])
  for (const key of foreign) await cache.redis.set(key, '{}')
  for (const name of names) {
    await cache.redis.zadd(keys.index(worldId), Date.now() * 2_000, `timeline:${name}:recent`)
  }

  const rows = (await cache.inspect(worldId)).rows.map(({ what, entries }) => [what, entries])
  expect(rows).toEqual([
    ['flags', 1],
    ['timeline', 3],
  ])
  expect(await countEntries(cache, worldId)).toBe(4)
  const pool = await startPool({ ...place, deps: hearth.jobDeps(), auditAgesMs: [10] })
  onTestFinished(() => pool.close(1_000))
  const job = await hearth.audit(worldId, { all: true })
  expect(await watchJob<AuditResult, never>(place, job)).toMatchObject({ outcome: 'consistent', checked: 4 })
  // On a busy machine Redis may need more than 50 ms, and the invalidation is deferred. Then it is repeated.
  await expect.poll(async () => (await hearth.invalidate(worldId, 'all')).outcome).toBe('invalidated')
  expect(await cache.redis.exists(...entries)).toBe(0)
  expect(await cache.redis.exists(...foreign), 'they are not ours').toBe(foreign.length)
  expect(await hearth.timelines(worldId, ids)).toHaveProperty('size', 3)
})

describe('data of another program at a key of Hearth', () => {
  test('counts as a miss for that entry or its lease only, and is replaced', async () => {
    const { hearth, cache, keys, worldId, ids, world } = await warmWorld()
    const [c0, c1] = [keys.entry(kinds.timeline, worldId, 'c0'), keys.entry(kinds.timeline, worldId, 'c1')]
    const c2 = keys.entry(kinds.entity, worldId, { type: 'character', id: 'c2' })
    const { key: flagsKey } = keys.entry(kinds.flags, worldId, null)
    /** In one step: what a read stores late would come between. */
    const spoil = () =>
      cache.redis
        .multi()
        .unlink(c0.key, c1.key, c1.lease, flagsKey)
        .lpush(c0.key, 'not ours')
        .hset(c1.lease, 'not', 'ours')
        .sadd(flagsKey, 'not ours')
        .set(c2.key, '')
        .exec()
    await spoil()
    expect(await hearth.timeline(worldId, 'c0')).toHaveLength(2)
    expect(await hearth.flags(worldId)).toEqual({ weather: 'calm' })
    // On a busy machine Redis may exceed its time limit, and a read goes past the cache. Then it is repeated.
    const typeAfterRead = async () => {
      await hearth.timeline(worldId, 'c0')
      return cache.redis.type(c0.key)
    }
    await expect.poll(typeAfterRead).toBe('string')
    const loadsOfBoth = async () => {
      await spoil()
      const before = world.loads
      const all = await hearth.timelines(worldId, ids)
      expect([...all.values()].map(events => events.length)).toEqual([2, 2, 2])
      return world.loads - before
    }
    await expect.poll(loadsOfBoth).toBe(1)
    const textsAfterReads = async () => {
      await hearth.timelines(worldId, ids)
      expect(await hearth.entity(worldId, { type: 'character', id: 'c2' })).toMatchObject({ id: 'c2' })
      return cache.redis.mget(c0.key, c1.key, c2.key)
    }
    await expect.poll(textsAfterReads).toEqual(Array(3).fill(expect.stringMatching(/^[[{]/)))
    await expect.poll(() => cache.breaker.closed).toBe(true)
  })

  test('does not disturb a warming, a refresh, an append or a change', async () => {
    const { hearth, cache, keys, worldId, ids, place } = await warmWorld()
    const pool = await startPool({ ...place, deps: hearth.jobDeps() })
    onTestFinished(() => pool.close(1_000))
    const entries = ids.map(id => keys.entry(kinds.timeline, worldId, id))
    const [version, popularity] = [keys.version(worldId), keys.popularity(worldId)]
    const expected = keys.expectedEntries(worldId)
    /** In one step: what a job stores would come between. */
    const spoil = () => {
      const spoiling = cache.redis.multi()
      for (const { key } of entries) spoiling.unlink(key).lpush(key, 'not ours')
      return spoiling
        .unlink(version, popularity, expected)
        .lpush(version, 'not ours')
        .set(popularity, 'not ours')
        .lpush(expected, 'not ours')
        .exec()
    }
    await spoil()
    expect(await watchJob(place, await hearth.warm(worldId))).toMatchObject({ outcome: 'warmed', entries: 8 })
    await spoil()
    const [job] = await hearth.refresh(worldId, ids)
    expect(await watchJob(place, job ?? { queue: '', id: '' })).toMatchObject({ renewed: 3 })
    await spoil()
    const event = { event_id: 'new', timestamp: '2027-01-01T00:00:00', participants: ids }
    expect(await hearth.appendEvents(worldId, [event])).toMatchObject({ outcome: 'visible' })
    expect((await hearth.timeline(worldId, 'c0'))[0]?.event_id).toBe('new')
    await spoil()
    expect(await hearth.changed(worldId, [{ kind: 'event-added', entityIds: ids }])).toBe('invalidated')
    expect(await hearth.version(worldId)).toBeGreaterThan(1e15) // again from the clock
    await spoil()
    expect(await hearth.setFlags(worldId, { weather: 'storm' })).toEqual({ weather: 'storm' })
    expect(await hearth.flags(worldId)).toEqual({ weather: 'storm' })
  })

  test.each(['text', '1.5', '9223372036854775807'])(
    'such as the version %j starts the version again from the clock',
    async given => {
      const { hearth, cache, keys, worldId } = await warmWorld()
      await cache.redis.set(keys.version(worldId), given)
      expect(await hearth.changed(worldId, [{ kind: 'flags-changed' }])).toBe('invalidated')
      expect(await hearth.version(worldId)).toBeGreaterThan(1e15)
      expect(await hearth.consistent(worldId, () => hearth.flags(worldId))).toEqual({ weather: 'calm' })
    },
  )

  test('in the sets of worlds and of popularity stops neither a round nor the overview', async () => {
    const { cache, hearth, worldId, ids, keys, place } = await warmWorld()
    const store = openStoreAt(place)
    await cache.readCounts.flush()
    for (const name of noIds) {
      await cache.redis.zadd(keys.activeWorlds, Date.now(), name)
      await cache.redis.zadd(keys.countedWorlds, 1, name)
      await cache.redis.zadd(keys.popularity(worldId), 1_000, name)
    }
    const context = { nextAt: new Date(), signal: AbortSignal.timeout(60_000) }
    const policy = { idleMs: 60_000, top: 10, halfLifeMs: 600_000 }
    const audited: string[] = []
    const producer = {
      ...hearth.producer,
      async add(_job: unknown, payload: unknown) {
        audited.push((payload as { worldId: string }).worldId)
        return { queue: '', id: '' }
      },
    }
    expect((await refreshPopular({ cache, producer, store, policy }, context)).worlds).toBeGreaterThan(0)
    await auditActiveWorlds(
      { cache, producer, store, policy: { ...policy, sample: 1, repair: false, budget: 1_000 } },
      { ...context, all: false },
    )
    expect(audited).toContain(worldId)
    await cache.popularity.decay({ halfLifeMs: 60_000 })
    await cache.popularity.prune({ least: 0, most: 100 })
    expect(await cache.redis.zscore(keys.countedWorlds, '')).toBeNull()
    expect((await cache.popularity.top(worldId, 10)).sort()).toEqual([...ids, '\ufffd('].sort())
    const shown = await popularEntities(cache, { worldId, top: 10, halfLifeMs: 60_000 })
    expect(shown.map(({ id }) => id)).toContain('c0')
    expect((await latestWorlds(cache, 100)).map(([id]) => id)).not.toContain('')
    await Promise.all([keys.activeWorlds, keys.countedWorlds].map(key => cache.redis.set(key, 'not ours')))
    expect(await cache.activeWorlds.has(worldId)).toBe(false)
    await cache.activeWorlds.touch(worldId)
    expect(await cache.activeWorlds.has(worldId)).toBe(true)
    expect(await cache.popularity.decay({ halfLifeMs: 60_000 })).toBe(0)
  })

  test('in the set of worlds with pending events stops no sweep, and does not keep processes from trusting the cache', async () => {
    const { hearth, cache, place, worldId } = await warmWorld()
    await hearth.appendEvents(worldId, [{ timestamp: '2027-01-01T00:00:00', participants: ['c0'] }])
    const { worlds, deadWorlds } = createPendingKeys(place.prefix)
    for (const name of noIds) await cache.redis.sadd(worlds, name)
    for (const name of noIds) await cache.redis.sadd(deadWorlds, name)
    expect(await hearth.pending.unseenSince(60_000)).toBe(false)
    expect(await hearth.pending.totals()).toMatchObject({ pending: 1, dead: 0 })
    expect(await sweepPending(hearth)).toBe(2) // the valid one, and the one whose name was decoded differently
  })
})
