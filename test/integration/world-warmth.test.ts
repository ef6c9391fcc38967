import { expect, onTestFinished, test, vi } from 'vitest'
import { type ColdReason, lifeBoundsMs, lifeBucket, type WorldWarmth } from '../../cache/warmth.ts'
import type { HearthOptions } from '../../hearth/options.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { sourceEntries } from '../../jobs/warm/source-entries.ts'
import { defineKind } from '../../model/kind.ts'
import type { Target } from '../../model/world-data.ts'
import { watchJob } from '../../queues/watch.ts'
import { kinds } from '../support/kinds.ts'
import { fresh, openHearth, plantWorld } from '../support/setup.ts'

type Opened = Awaited<ReturnType<typeof openWorld>>

/** A world of eight characters; nothing of it is cached. */
async function openWorld(options: Partial<HearthOptions> = {}) {
  const opened = openHearth(options)
  const worldId = fresh()
  const ids = await plantWorld(opened.world, worldId, { entities: 8 })
  return { ...opened, worldId, ids }
}

async function warm(
  { hearth, place, worldId }: Opened,
  deps: Parameters<Opened['hearth']['jobDeps']>[0] = {},
) {
  const pool = await startPool({ ...place, deps: hearth.jobDeps(deps) })
  onTestFinished(() => pool.close(1_000))
  await watchJob(place, await hearth.warm(worldId))
  await pool.close(1_000)
}

const timelineOf = (id: string): Target => ({ kind: 'timeline', id })

/** As the page asks, with what the source has. */
async function warmthOf({ hearth, world, worldId }: Opened, overBudgetAt: number | null = null) {
  const { cache } = hearth
  const source = await sourceEntries({ world, kinds: cache.keys.kinds }, worldId, [])
  const isWarmed = (await cache.expectedEntries.of(worldId)) !== null
  return cache.warmth(worldId, { source, isWarmed, overBudgetAt })
}

const rowOf = ({ rows }: WorldWarmth, what: string) => rows.find(row => row.what === what)
const coldOf = (warmth: WorldWarmth, what: string): Partial<Record<ColdReason, number>> =>
  rowOf(warmth, what)?.cold ?? {}

/** Stores a timeline for so long, as a load does. A read on a busy machine may answer without storing what it has loaded. */
async function store({ hearth, worldId }: Opened, id: string, ttl: number, value = '[]') {
  const { cache } = hearth
  const entry = cache.keys.entryOf(worldId, timelineOf(id))
  const { token } = await cache.leases.take([entry], 'read')
  await cache.leases.fill(token, [{ entry, value, ttl }])
  return entry.key
}

test('of a world that was never warmed, what was not read is cold for that reason', async () => {
  const opened = await openWorld()
  await store(opened, 'c0', 60_000)
  const warmth = await warmthOf(opened)
  expect(rowOf(warmth, 'timeline')).toMatchObject({ exists: 8, present: 1, cold: { 'never-warmed': 7 } })
  expect(rowOf(warmth, 'character')).toMatchObject({ exists: 8, present: 0, cold: { 'never-warmed': 8 } })
  expect(rowOf(warmth, 'flags')).toMatchObject({ exists: 1, present: 0, cold: { 'never-warmed': 1 } })
})

test('why a timeline is cold is counted: expired, invalidated, evicted, remembered as missing', async () => {
  const opened = await openWorld()
  await warm(opened)
  const { hearth, worldId } = opened
  const { cache } = hearth
  expect(rowOf(await warmthOf(opened), 'timeline')).toMatchObject({ exists: 8, present: 8, cold: {} })

  await hearth.invalidate(worldId, [timelineOf('c0'), timelineOf('c1'), timelineOf('c2')])
  await cache.redis.unlink(cache.keys.entryOf(worldId, timelineOf('c3')).key) // behind Hearth's back
  await cache.redis.unlink(cache.keys.entryOf(worldId, timelineOf('c4')).key)
  await hearth.invalidate(worldId, [timelineOf('c5')])
  await cache.redis.zrem(cache.keys.index(worldId), 'timeline:c5:recent')
  const ending = await store(opened, 'c5', 1) // its name stays in the index for a second, which the next line ends
  await cache.redis.zadd(cache.keys.index(worldId), (Date.now() - 1) * 1_000, 'timeline:c5:recent')
  await store(opened, 'c2', 60_000, 'null')
  await vi.waitFor(async () => expect(await cache.redis.exists(ending)).toBe(0)) // a calm machine comes here within 1 ms

  const warmth = await warmthOf(opened)
  expect(coldOf(warmth, 'timeline')).toEqual({ invalidated: 2, evicted: 2, expired: 1, absent: 1 })
  expect(rowOf(warmth, 'timeline')).toMatchObject({ exists: 8, present: 2, absences: 1 })
  expect(coldOf(warmth, 'character'), 'of other kinds nothing happened').toEqual({})
})

test('what was made stale and loaded again is not called invalidated, nor is what had ended before', async () => {
  const opened = await openWorld()
  const { hearth, worldId } = opened
  await store(opened, 'c0', 60_000)
  await hearth.invalidate(worldId, [timelineOf('c0')])
  expect(coldOf(await warmthOf(opened), 'timeline')).toMatchObject({ invalidated: 1 })
  await store(opened, 'c0', 60_000)
  expect(coldOf(await warmthOf(opened), 'timeline')).toEqual({ 'never-warmed': 7 })

  const { cache } = hearth
  const { key } = cache.keys.entryOf(worldId, timelineOf('c0'))
  await cache.redis.unlink(key)
  await hearth.invalidate(worldId, [timelineOf('c0')]) // which removes nothing
  expect(coldOf(await warmthOf(opened), 'timeline')).toMatchObject({ evicted: 1 })
})

test('what is being loaded is not cold, and what the source does not have is not counted as cold', async () => {
  const opened = await openWorld()
  const { hearth, world, worldId } = opened
  await store(opened, 'nobody', 60_000, 'null')
  const load = world.holdNextLoad()
  const reading = hearth.timeline(worldId, 'c0')
  await load.started
  expect(rowOf(await warmthOf(opened), 'timeline')).toMatchObject({
    exists: 8,
    present: 0,
    absences: 1,
    loading: 1,
    cold: { 'never-warmed': 7 },
  })
  load.release()
  await reading
})

test('a warming that ended at its budget says so of what it did not reach, while nothing of it can have expired', async () => {
  const opened = await openWorld()
  await warm(opened, { warmBudget: { entities: 3 }, chunkSize: 2 })
  const recent = await warmthOf(opened, Date.now())
  expect(rowOf(recent, 'timeline')).toMatchObject({ present: 3, cold: { 'over-budget': 5 } })
  const old = await warmthOf(opened, Date.now() - 3_600_000)
  expect(coldOf(old, 'timeline')).toEqual({ unknown: 5 })
})

test('what the rule of a kind leaves out is called that, and an inactive entity has no warm timeline', async () => {
  const mood = defineKind({
    name: 'mood',
    per: 'entity',
    value: kinds.flags.value,
    ttlMs: 60_000,
    load: async (_source, _worldId, items) => items.map(() => ({ calm: true })),
  })
  const opened = await openWorld({ kinds: [mood] })
  const { world, worldId } = opened
  await world.putEntities(worldId, [
    { type: 'character', id: 'idle', name: 'Idle', props: { active: false } },
  ])
  await warm(opened)
  const warmth = await warmthOf(opened)
  expect(rowOf(warmth, 'mood')).toMatchObject({ exists: 9, present: 0, cold: { 'not-chosen': 9 } })
  expect(rowOf(warmth, 'timeline')).toMatchObject({ exists: 9, present: 8, cold: { 'not-chosen': 1 } })
  expect(rowOf(warmth, 'character')).toMatchObject({ exists: 9, present: 9, cold: {} })
})

test('while the source is not known, what the index names is counted, and how much exists is not', async () => {
  const opened = await openWorld()
  await warm(opened)
  const { hearth, worldId } = opened
  await hearth.invalidate(worldId, [timelineOf('c0')])
  const warmth = await hearth.cache.warmth(worldId, { source: null, isWarmed: true, overBudgetAt: null })
  expect(rowOf(warmth, 'timeline')).toMatchObject({ exists: null, present: 7, cold: { invalidated: 1 } })
})

test('how long entries still live is counted in steps', async () => {
  const opened = await openWorld()
  for (const [id, ttl] of [
    ['c0', 30_000],
    ['c1', 90_000],
    ['c2', 100_000],
    ['c3', 9 * 3_600_000],
  ] as const)
    await store(opened, id, ttl)
  await opened.hearth.flags(opened.worldId)
  const { lives, forEver } = await warmthOf(opened)
  expect(lives).toHaveLength(lifeBoundsMs.length + 1)
  expect(lives).toEqual(
    Object.assign(
      lives.map(() => 0),
      { 0: 1, [lifeBucket(90_000)]: 2, [lifeBoundsMs.length]: 1 },
    ),
  )
  expect(forEver).toBe(1)
})

test('a world of more than 10,000 entities is not counted in the source', async () => {
  const { hearth } = openHearth()
  let asked = 0
  const members = async (_: string, { limit }: { limit: number }) => {
    asked += 1
    return Array.from({ length: limit }, (_, i) => ({
      type: 'object' as const,
      id: `${asked}-${i}`,
      active: true,
    }))
  }
  expect(await sourceEntries({ world: { members }, kinds: hearth.cache.keys.kinds }, 'w', [])).toBeNull()
  expect(asked).toBe(11)
})
