import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { connectCache } from '../../cache/connect.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { queues } from '../../jobs/queues.ts'
import { createIdempotency } from '../../queues/idempotency.ts'
import { createLeadership } from '../../queues/leadership.ts'
import { createNotifyRelay, onRelayNotified } from '../../queues/notify-relay.ts'
import { createProducer } from '../../queues/producer.ts'
import { impatient, openStore } from '../../queues/redis.ts'
import { startSchedules } from '../../queues/schedules/start.ts'
import { eventOf, expectTruth, plantEntities } from '../support/append-world.ts'
import { startPair } from '../support/failover.ts'
import { inTime } from '../support/relay-setup.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh, openHearth, queueOf } from '../support/setup.ts'

test('connections to a primary that becomes a replica are replaced, in every role', async () => {
  const pair = await startPair()
  const { hearth, world, place } = openHearth({ cache: redisUrl(), queue: pair.proxy.url })
  const queues = { ...place, address: pair.proxy.url }
  const worldId = fresh()
  await plantEntities(world, worldId)

  const pool = await startPool({ ...queues, deps: hearth.jobDeps() })
  onTestFinished(() => pool.close(1_000))
  const leadership = createLeadership({ ...queues, name: 'relay', lifeMs: 600 })
  onTestFinished(() => leadership.close())
  const slots: number[] = []
  const schedules = startSchedules({
    place: queues,
    schedules: [{ name: 'sweep', expression: '* * * * * *', run: async () => void slots.push(Date.now()) }],
  })
  onTestFinished(() => schedules.close(1_000))
  let notifications = 0
  const listener = onRelayNotified(queues, () => void notifications++)
  onTestFinished(listener.close)
  const notifier = createNotifyRelay(queues)
  onTestFinished(notifier.close)
  const { redis: store } = openStore({ address: queues.address }, impatient)
  onTestFinished(() => store.disconnect())
  if (store.status !== 'ready') await once(store, 'ready')
  const idempotency = createIdempotency({ redis: store, prefix: queues.prefix })

  const warmQueue = queueOf(hearth, 'warm')
  const warmed = async (force = true) => {
    const { id } = await hearth.warm(worldId, { force })
    await expect.poll(async () => (await warmQueue.getJob(id))?.getState(), inTime).toBe('completed')
  }
  await hearth.appendEvents(worldId, [eventOf(0)])
  await warmed()
  notifier.notifyRelay()
  await expect.poll(() => leadership.leads() && slots.length > 0 && notifications > 1, inTime).toBe(true)

  await pair.demote()
  await expect(hearth.warm(worldId), 'there is no other server yet').rejects.toThrow(/READONLY/)
  await expect(hearth.appendEvents(worldId, [eventOf(1)])).rejects.toThrow(/READONLY/)
  const [slotsBefore, notifiedBefore] = [slots.length, notifications]
  pair.repoint()

  await hearth.appendEvents(worldId, [eventOf(2)])
  expect((await idempotency.begin('who', 'key', 'request')).state).toBe('new')
  notifier.notifyRelay()
  await warmed()
  await expectTruth({ hearth, world, worldId }, [0, 2])
  await expect.poll(leadership.leads, inTime).toBe(true)
  await expect.poll(() => slots.length, inTime).toBeGreaterThan(slotsBefore)
  await expect.poll(() => notifications, inTime).toBeGreaterThan(notifiedBefore)
})

test('calls that waited for the old primary reach the new one without an error', async () => {
  const pair = await startPair()
  const { hearth, world, place } = openHearth({ cache: redisUrl(), queue: pair.proxy.url })
  const worldId = fresh()
  await plantEntities(world, worldId)
  await hearth.appendEvents(worldId, [eventOf(0)])
  await hearth.warm(worldId)
  await pair.demote()
  pair.repoint()

  await hearth.appendEvents(worldId, [eventOf(1)])
  const { id } = await hearth.warm(worldId)
  expect(await pair.primary.exists(`${place.prefix}:warm:${id}`)).toBe(1)
  expect(await hearth.producer.info()).toContain('role:master')
  await hearth.producer.probe()
  expect(await hearth.pending.first(worldId, 10)).toMatchObject({ pending: 2 })
})

test('a read does not use the pending events of a replica', async () => {
  const pair = await startPair()
  const { hearth, world, place } = openHearth({ cache: redisUrl(), queue: pair.proxy.url })
  const worldId = fresh()
  await plantEntities(world, worldId)
  await hearth.appendEvents(worldId, [eventOf(0)])
  await pair.demote()
  expect(await hearth.pending.unseenSince(0).catch(error => String(error))).toMatch(/READONLY/)
  await expect(hearth.pending.newest(worldId, ['c0'], 10)).rejects.toThrow(/READONLY/)

  const producer = createProducer({ ...place, address: pair.proxy.url, queues })
  onTestFinished(() => producer.close())
  pair.repoint()
  const { events } = await hearth.pending.newest(worldId, ['c0'], 10)
  expect(events).toEqual([[expect.objectContaining({ event_id: eventOf(0).event_id })]])
})

test('a cache whose primary becomes a replica is left by the connections of jobs and of reads', async () => {
  const pair = await startPair()
  const { hearth, world } = openHearth({ cache: pair.proxy.url, queue: redisUrl() })
  const worldId = fresh()
  await plantEntities(world, worldId)
  await hearth.timeline(worldId, 'c0')
  const alone = connectCache(pair.proxy.url, () => {})
  onTestFinished(() => alone.disconnect())
  await alone.set('mine', 'before')
  await pair.demote()
  await expect(alone.set('mine', 'between')).rejects.toThrow(/READONLY/)
  pair.repoint()
  await expect.poll(() => alone.set('mine', 'after').catch(String), { ...inTime, interval: 20 }).toBe('OK')
  await pair.proxy.untilLeft()
  await expect.poll(() => hearth.cache.cacheState.current, inTime).toBe('trusted')
  expect(await pair.primary.get('mine')).toBe('after')
  await hearth.cache.redis.set('jobs', 'write')
  await hearth.cache.reads.set('reads', 'write')
})
