import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { countEntries } from '../../cache/census.ts'
import { type StartedRedis, startRedis } from '../../cli/servers/redis.ts'
import type { Found, Overview } from '../../dashboard/console/overview.ts'
import type { AuditResult } from '../../jobs/audit/payload.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { watchJob } from '../../queues/watch.ts'
import { ask, openPages as openPagesOn } from '../support/http.ts'
import { kinds } from '../support/kinds.ts'
import { fresh, openHearth, plantWorld } from '../support/setup.ts'

/** A separate Redis, because the test checks the list of all worlds. */
let redis: StartedRedis
beforeAll(async () => {
  redis = await startRedis({ isolated: true })
})
afterAll(() => redis?.stop())

const ref = (id: string) => ({ type: 'character', id }) as const
const unknown = Array.from({ length: 60 }, (_, i) => `unknown-${i}`)

test('an id that does not exist is not counted, ranked, listed, activated or audited, however often it is read', async () => {
  const { hearth, world, place, store, api } = await openPagesOn({ hearth: { redis: redis.url } })
  const pool = await startPool({ ...place, deps: hearth.jobDeps(), auditAgesMs: [10, 20] })
  onTestFinished(() => pool.close(1_000))
  const { popularity, activeWorlds, readCounts, inspect } = hearth.cache
  const [worldId, phantom] = [fresh('w'), fresh('phantom')]
  const ids = await plantWorld(world, worldId, { entities: 4 })
  expect(await watchJob(place, await hearth.warm(worldId))).toMatchObject({ outcome: 'warmed', entries: 10 })
  expect(await watchJob(place, await hearth.activated(phantom))).toMatchObject({ outcome: 'not-found' })

  for (const _ of ['a miss', 'a hit']) {
    expect(await hearth.timelines(worldId, [...ids, ...unknown])).toHaveProperty('size', 64)
    await hearth.entities(worldId, unknown.map(ref))
    expect(await hearth.timeline(worldId, 'unknown-0')).toEqual([])
    await hearth.timelines(phantom, unknown)
    expect(await hearth.flags(phantom)).toBeNull()
    expect(await hearth.snapshot(phantom)).toBeNull()
  }
  await readCounts.flush()
  expect((await popularity.topScores(worldId, 100)).map(({ id }) => id).sort()).toEqual(ids)
  expect(await popularity.topScores(phantom, 100)).toEqual([])
  expect(await activeWorlds.has(worldId)).toBe(true)
  expect(await activeWorlds.has(phantom)).toBe(false)

  expect(await countEntries(hearth.cache, worldId)).toBe(10)
  expect(await countEntries(hearth.cache, phantom)).toBe(0)
  const rows = (await inspect(worldId)).rows.map(({ what, entries, absent }) => [what, entries, absent])
  expect(rows).toEqual([
    ['flags', 1, 0],
    ['snapshot', 1, 0],
    ['character', 4, 60],
    ['timeline', 4, 60],
  ])

  const overview = async () => (await ask(`${api}/overview`)).json as Overview
  const reads = async () => (await overview()).reads.kinds.reduce((sum, { hits }) => sum + hits, 0)
  await expect.poll(reads, { timeout: 10_000 }).toBeGreaterThan(0) // the counts of the reads have arrived
  const shown = async () => (await overview()).worlds.map(({ id, present, due }) => ({ id, present, due }))
  await expect.poll(shown, { timeout: 15_000 }).toEqual([{ id: worldId, present: 10, due: 10 }])
  const { worlds } = await overview()
  expect(worlds[0]?.minutes.reduce((sum, { hits, misses }) => sum + hits + misses, 0)).toBe(2 * ids.length)
  const readWorlds = await store.redis.keys(`${store.prefix}:reads:*:worlds`)
  expect(readWorlds).not.toEqual([])
  for (const key of readWorlds) expect(await store.redis.zscore(key, phantom)).toBeNull()
  const search = async (id: string) => (await ask(`${api}/search?q=${id}`)).json as Found
  expect(await search('unknown-1')).toEqual({ worlds: [], entities: [], jobs: [], notLooked: [] })
  const targets = [
    { kind: 'entity', type: 'character', id: 'c1' },
    { kind: 'timeline', id: 'c1' },
  ]
  expect((await search('c1')).entities).toEqual([{ worldId, id: 'c1', what: 'character, timeline', targets }])

  const audit = async (of: string) =>
    watchJob<AuditResult, never>(place, await hearth.audit(of, { all: true }))
  expect(await audit(worldId)).toMatchObject({ outcome: 'consistent', checked: 10, popular: 4, suspects: 0 })
  expect(await audit(phantom)).toMatchObject({ outcome: 'consistent', checked: 0, popular: 0, suspects: 0 })
})

test('a wrong absence is one of the entries that an audit compares', async () => {
  const { hearth, world, place } = openHearth({ redis: redis.url })
  const pool = await startPool({ ...place, deps: hearth.jobDeps(), auditAgesMs: [10, 20] })
  onTestFinished(() => pool.close(1_000))
  const worldId = fresh()
  await plantWorld(world, worldId)
  const { key } = hearth.cache.keys.entry(kinds.timeline, worldId, 'c1')
  await hearth.cache.redis.set(key, 'null', 'PX', 30_000)
  const job = await hearth.audit(worldId, { all: true })
  expect(await watchJob<AuditResult, never>(place, job)).toMatchObject({
    outcome: 'inconsistent',
    checked: 1,
    findings: [{ fault: 'different', detail: 'it is remembered as missing, and the source has it' }],
  })
})

test('absences are bounded: reads of many unknown ids are answered, and no more than the bound is stored', async () => {
  const { hearth, world } = openHearth({ redis: redis.url, lives: { nullMax: 40 } })
  const worldId = fresh()
  await plantWorld(world, worldId)
  const absent = async () =>
    (await hearth.cache.inspect(worldId)).rows.reduce((sum, row) => sum + row.absent, 0)
  for (let i = 0; i < 20; i++) {
    const ids = Array.from({ length: 25 }, (_, j) => `flood-${i}-${j}`)
    expect([...(await hearth.timelines(worldId, ids)).values()].flat()).toEqual([])
  }
  expect(await hearth.entity(worldId, ref('flood-0'))).toBeNull()
  await expect(absent()).resolves.toBeLessThanOrEqual(40)
  expect(await hearth.cache.redis.keys(`*${worldId}*:lease`), 'no lease is left behind').toEqual([])
  expect(await hearth.timeline(worldId, 'c1'), 'what exists is stored as ever').toHaveLength(2)
  expect(await hearth.cache.redis.exists(hearth.cache.keys.entry(kinds.timeline, worldId, 'c1').key)).toBe(1)
})

test('beyond the bound, a refresh of a deleted entity removes its entry and its popularity', async () => {
  const { hearth, world, place } = openHearth({ redis: redis.url, lives: { nullMax: 0 } })
  const pool = await startPool({ ...place, deps: hearth.jobDeps() })
  onTestFinished(() => pool.close(1_000))
  const worldId = fresh()
  await plantWorld(world, worldId)
  await hearth.timeline(worldId, 'c1')
  await hearth.cache.readCounts.flush()
  await world.removeEntities(worldId, [ref('c1')]) // and nothing is said of it
  const [job] = await hearth.refresh(worldId)
  await watchJob(place, job ?? { queue: '', id: '' })
  expect(await hearth.cache.redis.exists(hearth.cache.keys.entry(kinds.timeline, worldId, 'c1').key)).toBe(0)
  expect(await hearth.cache.popularity.rank(worldId, 'c1')).toBeNull()
})
