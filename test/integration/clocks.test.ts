import { Redis } from 'ioredis'
import neo4j from 'neo4j-driver'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startPool } from '../../jobs/pool/pool.ts'
import { createPendingKeys } from '../../queues/pending-keys.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import { neo4jAuth, redisUrl } from '../support/servers.ts'
import { fresh, openCache, openHearth, plantWorld } from '../support/setup.ts'

const hour = 3_600_000

function openRedis(): Redis {
  const redis = new Redis(redisUrl())
  onTestFinished(() => redis.disconnect())
  return redis
}

/** A world with pending events that were accepted by a clock that has been set by `stepMs` since. */
async function openStepped(stepMs: number) {
  const { hearth, place, world } = openHearth({})
  const worldId = fresh()
  await plantWorld(world, worldId)
  const event = (event_id: string) => ({
    event_id,
    timestamp: '2030-01-01T00:00:00',
    participants: ['c0'],
  })
  await hearth.appendEvents(worldId, [event('a'), event('b')])
  await hearth.settled()
  const redis = openRedis()
  const order = createPendingKeys(place.prefix).of(worldId).order
  for (const id of ['a', 'b']) await redis.zincrby(order, -stepMs * 1_000, id)
  return { hearth, place, worldId, event }
}

test("the queue's clock is set back: pending events are flushed all the same", async () => {
  const { hearth, place, worldId, event } = await openStepped(-hour)
  await hearth.appendEvents(worldId, [event('after')])
  expect((await hearth.pending.first(worldId, 1)).oldestMs, 'from the future').toBeLessThan(0)
  const pool = await startPool({ ...place, deps: hearth.jobDeps() })
  onTestFinished(() => pool.close(1_000))
  await vi.waitFor(async () => expect((await hearth.pending.first(worldId, 1)).pending).toBe(0), {
    timeout: 10_000,
    interval: 20,
  })
})

test("the queue's clock is set back: pending events still grow older, and are waited for after an outage", async () => {
  const { hearth } = await openStepped(-hour)
  expect(await hearth.pending.totals()).toMatchObject({ pending: 2, oldestMs: 0 })
  const since = performance.now()
  await vi.waitFor(async () => {
    const { oldestMs } = await hearth.pending.totals()
    expect(oldestMs).toBeGreaterThan(100)
    expect(oldestMs).toBeLessThanOrEqual(performance.now() - since + 5)
  }, 15_000)
  expect(await hearth.pending.unseenSince(60_000), 'they were seen').toBe(false)
})

test('an event from the future that may be missing in caches counts as old', async () => {
  const { hearth, worldId, event, place } = await openStepped(0)
  await hearth.pending.accept(worldId, [[event('unseen')]])
  expect(await hearth.pending.unseenSince(60_000)).toBe(false)
  const order = createPendingKeys(place.prefix).of(worldId).order
  await openRedis().zincrby(order, hour * 1_000, 'unseen')
  expect(await hearth.pending.unseenSince(60_000)).toBe(true)
})

test("Neo4j's clock is set back: a change recorded before that is waited for after an outage", async () => {
  const world = neo4jWorld(neo4jAuth())
  onTestFinished(() => world.close())
  const id = await world.outbox.record(fresh(), [{ kind: 'flags-changed' }])
  const { uri, user, password } = neo4jAuth()
  const driver = neo4j.driver(uri, neo4j.auth.basic(user, password))
  onTestFinished(() => driver.close())
  const later = 'MATCH (o:CacheOutbox {id: $id}) SET o.recorded_at = timestamp() + 3600000'
  await driver.executeQuery(later, { id })
  const minute = 60_000
  expect(await world.outbox.pendingSince({ atLeastMs: minute, atMostMs: 2 * minute })).toBe(true)
  await driver.executeQuery('MATCH (o:CacheOutbox {id: $id}) DELETE o', { id })
})

test('clocks that differ: a world is deactivated and activated again, whatever the other machine has noted', async () => {
  const { activeWorlds } = openCache()
  const worldId = fresh()
  await activeWorlds.touch(worldId, Date.now() + hour) // by a machine whose clock is ahead
  await activeWorlds.deactivate(worldId)
  expect(await activeWorlds.has(worldId)).toBe(false)
  await activeWorlds.touch(worldId)
  expect(await activeWorlds.has(worldId)).toBe(true)
})

test('the time from which popularity decays is no longer in the future', async () => {
  const { popularity, redis, keys } = openCache()
  const worldId = fresh()
  await popularity.add(worldId, new Map([['c0', 100]]))
  await redis.zadd(keys.countedWorlds, Date.now() + hour, worldId)
  await popularity.decay({ halfLifeMs: 1 })
  await popularity.decay({ halfLifeMs: Number.MAX_SAFE_INTEGER }) // of all worlds of this Redis, including those of other tests
  expect(Number(await redis.zscore(keys.countedWorlds, worldId))).toBeLessThanOrEqual(Date.now())
})
