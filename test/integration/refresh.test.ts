import { expect, onTestFinished, test } from 'vitest'
import type { HearthOptions } from '../../hearth/options.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import type { RefreshResult } from '../../jobs/refresh/payload.ts'
import { type RefreshPolicy, refreshPopular } from '../../jobs/refresh/schedule.ts'
import type { JobRef } from '../../queues/producer.ts'
import type { QueueStore } from '../../queues/redis.ts'
import { watchJob } from '../../queues/watch.ts'
import type { OpenedHearth } from '../../tools/opened-hearth.ts'
import { kinds } from '../support/kinds.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh, openHearth, openStoreAt, plantWorld, queueOf } from '../support/setup.ts'

/** Rounds process every world of a database, so these tests use a separate one. */
async function openRefreshing({
  entities = 5,
  ...options
}: Partial<HearthOptions> & { entities?: number } = {}) {
  const opened = openHearth({ cache: `${redisUrl()}/9`, queue: redisUrl(), ...options })
  const { hearth, world, place } = opened
  await hearth.cache.redis.del(hearth.cache.keys.activeWorlds)
  const worldId = fresh()
  const ids = await plantWorld(world, worldId, { entities })
  const startWorkers = async () => {
    const pool = await startPool({ ...place, deps: hearth.jobDeps() })
    onTestFinished(() => pool.close(1_000))
  }
  const results = (jobs: readonly JobRef[]) =>
    Promise.all(jobs.map(job => watchJob<RefreshResult, unknown>(place, job)))
  return { ...opened, store: openStoreAt(place), worldId, ids, startWorkers, results }
}

const leftOf = async ({ cache }: OpenedHearth, worldId: string, ids: readonly string[]) =>
  (await cache.ttlsMs(ids.map(id => cache.keys.entry(kinds.timeline, worldId, id)))).map(ms => ms ?? 0)

test('during a refresh readers hit the old entry, and get the new value afterwards', async () => {
  const { hearth, world, worldId, startWorkers, results } = await openRefreshing()
  await hearth.timeline(worldId, 'c1')
  await world.addEvents(worldId, [{ event_id: 'untold', timestamp: '2027-01-01', participants: ['c1'] }])
  await startWorkers()
  const held = world.holdNextLoad({ method: 'timelines' })
  const jobs = await hearth.refresh(worldId, ['c1'])
  await held.started
  const loads = world.loads
  expect(await hearth.timeline(worldId, 'c1')).toHaveLength(2)
  expect(world.loads, 'a hit').toBe(loads)
  held.release()
  expect(await results(jobs)).toMatchObject([{ entries: 1, renewed: 1 }])
  expect((await hearth.timeline(worldId, 'c1'))[0]?.event_id).toBe('untold')
  expect(world.loads, 'a hit').toBe(loads)
})

test('a change in the middle of a refresh is not overwritten', async () => {
  const { hearth, world, worldId, startWorkers, results } = await openRefreshing()
  await hearth.timeline(worldId, 'c1')
  await startWorkers()
  const held = world.holdNextLoad({ method: 'timelines' })
  const jobs = await hearth.refresh(worldId, ['c1'])
  await held.started
  await world.addEvents(worldId, [{ event_id: 'new', timestamp: '2027-01-01', participants: ['c1'] }])
  await hearth.changed(worldId, [{ kind: 'event-added', entityIds: ['c1'] }])
  held.release()
  await results(jobs)
  expect((await hearth.timeline(worldId, 'c1'))[0]?.event_id).toBe('new')
})

test('an id means the timeline, a reference also the state, and nothing the most read ones', async () => {
  const { hearth, world, worldId, ids, startWorkers, results } = await openRefreshing({ refreshTop: 2 })
  await startWorkers()
  await results(await hearth.refresh(worldId, ['c0', { type: 'character', id: 'c1' }]))
  const { rows } = await hearth.cache.inspect(worldId)
  expect(rows.map(({ what, entries }) => [what, entries])).toEqual([
    ['character', 1],
    ['timeline', 2],
  ])
  expect(await hearth.refresh(worldId)).toEqual([])
  await hearth.cache.popularity.add(worldId, new Map(ids.map((id, i) => [id, i + 1])))
  const loaded = (id: string) => world.loadsOfId('timelines', id)
  await results(await hearth.refresh(worldId))
  expect(ids.map(loaded)).toEqual([1, 1, 0, 1, 1])
})

test('many targets are divided into jobs; a wrong target is refused by name', async () => {
  const { hearth, worldId } = await openRefreshing()
  const many = Array.from({ length: 250 }, (_, i) => `x${i}`)
  expect(await hearth.refresh(worldId, many)).toHaveLength(3)
  await expect(hearth.refresh(worldId, ['c1', ''])).rejects.toMatchObject({
    code: 'InvalidInput',
    message: /entities/,
  })
  await expect(hearth.refresh('', ['c1'])).rejects.toMatchObject({ code: 'InvalidInput', message: /worldId/ })
})

test('while a refresh waits, the same one is not queued again', async () => {
  const { hearth, worldId } = await openRefreshing()
  const [one] = await hearth.refresh(worldId, ['c1'])
  expect(await hearth.refresh(worldId, ['c1'])).toEqual([one])
  expect(await hearth.refresh(worldId, ['c2'])).not.toEqual([one])
})

const policy: RefreshPolicy = { idleMs: 60_000, top: 3, halfLifeMs: 600_000 }
const round = ({ cache, producer }: OpenedHearth, store: QueueStore, roundMs = 30_000) =>
  refreshPopular(
    { cache, producer, store, policy },
    { nextAt: new Date(Date.now() + roundMs), signal: new AbortController().signal },
  )

test('a round refreshes popular timelines that are missing or about to expire, and no others', async () => {
  const { hearth, store, world, worldId, ids, startWorkers, place } = await openRefreshing({ entities: 6 })
  const { cache } = hearth
  // c0 to c2 are popular; so is c3, but it is not among the top three; c4 is read too rarely for a refresh.
  const scores = { c0: 50, c1: 40, c2: 30, c3: 20, c4: 0.5 }
  await cache.popularity.add(worldId, new Map(Object.entries(scores)))
  await cache.activeWorlds.touch(worldId)
  await hearth.timelines(worldId, ['c0', 'c1', 'c3', 'c4', 'c5'])
  const expireSoon = async (id: string) =>
    cache.redis.pexpire(cache.keys.entry(kinds.timeline, worldId, id).key, 20_000)
  for (const id of ['c1', 'c3', 'c4', 'c5']) await expireSoon(id)
  const loadsBefore = ids.map(id => world.loadsOfId('timelines', id))

  expect(await round(hearth, store)).toEqual({ worlds: 1, left: 0, looked: 3, due: 2 })
  const jobs = await queueOf(hearth, 'refresh').getJobs()
  expect(jobs.map(({ data, delay }) => [data.targets, delay < 10_000])).toEqual([
    [['c2', 'c1'].map(id => ({ kind: 'timeline', id })), true],
  ])
  await jobs[0]?.changeDelay(0).catch(() => {})
  await startWorkers()
  await watchJob(place, { queue: 'refresh', id: String(jobs[0]?.id) })
  const loads = ids.map((id, i) => world.loadsOfId('timelines', id) - (loadsBefore[i] ?? 0))
  expect(loads).toEqual([0, 1, 1, 0, 0, 0])
  const left = await leftOf(hearth, worldId, ids)
  expect(left.map(ms => ms > 300_000)).toEqual([true, true, true, false, false, false])
  expect(await round(hearth, store)).toMatchObject({ due: 0 })
})

test('a round finds entries by ids that are encoded in their keys, and leaves alone what never ends', async () => {
  const { hearth, worldId } = await openRefreshing()
  const { cache } = hearth
  const ids = ['c 1', '100%', 'größe', '~tilde', "o'neil*(!)", '日本', 'a:b{c}', 'lasting', 'missing']
  const keyOf = (id: string) => cache.keys.entry(kinds.timeline, worldId, id).key
  for (const [i, id] of ids.entries()) {
    await cache.popularity.add(worldId, new Map([[id, 50]]))
    if (id !== 'missing') await cache.redis.set(keyOf(id), '[]', 'PX', 1_000_000 + i * 100_000)
  }
  await cache.redis.persist(keyOf('lasting'))
  const options = { top: 20, leastScores: new Map([[kinds.timeline, 1]]), leftMs: 1_450_000 }
  const { looked, due, firstLeftMs } = await cache.popularDue(worldId, options)
  expect(looked).toBe(ids.length)
  expect(due.map(({ target }) => target.id)).toEqual(['missing', ...ids.slice(0, 5)])
  expect(due.map(({ leftMs }) => leftMs > 900_000)).toEqual([false, true, true, true, true, true])
  expect(Math.ceil(firstLeftMs / 100_000), 'of 日本').toBe(15)
})

test('an entry that was refreshed before the job of a round starts is not refreshed again', async () => {
  const { hearth, store, world, worldId, startWorkers, place } = await openRefreshing()
  await hearth.cache.popularity.add(worldId, new Map([['c1', 50]]))
  await hearth.cache.activeWorlds.touch(worldId)
  expect(await round(hearth, store)).toMatchObject({ due: 1 })
  await hearth.timeline(worldId, 'c1')
  await startWorkers()
  const [job] = await queueOf(hearth, 'refresh').getJobs()
  expect(await watchJob(place, { queue: 'refresh', id: String(job?.id) })).toMatchObject({
    entries: 1,
    left: 1,
  })
  expect(world.loadsOfId('timelines', 'c1')).toBe(1)
})

test('worlds that are deactivated or idle are not refreshed', async () => {
  const { hearth, store, worldId } = await openRefreshing()
  const { activeWorlds, popularity } = hearth.cache
  await popularity.add(worldId, new Map([['c1', 50]]))
  await activeWorlds.touch(worldId, Date.now() - 61_000)
  expect(await round(hearth, store)).toMatchObject({ worlds: 0 })
  await activeWorlds.touch(worldId)
  expect(await round(hearth, store)).toMatchObject({ worlds: 1, due: 1 })
  await hearth.deactivated(worldId)
  expect(await round(hearth, store)).toMatchObject({ worlds: 0 })
})

test('a round stops when it is aborted', async () => {
  const { hearth, store, worldId } = await openRefreshing()
  await hearth.cache.popularity.add(worldId, new Map([['c1', 50]]))
  await hearth.cache.activeWorlds.touch(worldId)
  const deps = { cache: hearth.cache, producer: hearth.producer, store, policy }
  const found = await refreshPopular(deps, { nextAt: new Date(), signal: AbortSignal.abort() })
  expect(found).toEqual({ worlds: 0, left: 1, looked: 0, due: 0 })
})
