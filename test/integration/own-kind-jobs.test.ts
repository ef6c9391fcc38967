import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { startRedis } from '../../cli/servers/redis.ts'
import { createHearth, defineKind, embeddedWorld } from '../../index.ts'
import { createAuditLog } from '../../jobs/audit/log.ts'
import { type AuditResult, auditWorldJob } from '../../jobs/audit/payload.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import type { RefreshResult } from '../../jobs/refresh/payload.ts'
import { refreshJob } from '../../jobs/refresh/payload.ts'
import { refreshPopular } from '../../jobs/refresh/schedule.ts'
import type { WarmResult } from '../../jobs/warm/payload.ts'
import { warmChunkJob } from '../../jobs/warm/payload.ts'
import type { JobRef } from '../../queues/producer.ts'
import { openStore } from '../../queues/redis.ts'
import { watchJob } from '../../queues/watch.ts'
import { giveQuest, mill, openQuests, playQuests, warmOf, well } from '../support/own-kind.ts'
import { inTime } from '../support/relay-setup.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh, openStoreAt, plantWorld, queueOf } from '../support/setup.ts'

type Opened = ReturnType<typeof openQuests>

/** Workers of this process, and the results of jobs. */
async function startWorkers({ hearth, place }: Opened) {
  const troubles: string[] = []
  const onError = (error: Error) => troubles.push(error.message)
  const pool = await startPool({
    ...place,
    deps: { ...hearth.jobDeps(), onUnfit: onError },
    auditAgesMs: [20, 60],
    onError,
  })
  onTestFinished(() => pool.close(1_000))
  const done = <T>(job: JobRef) => watchJob<T, unknown>(place, job)
  return { troubles, done, close: () => pool.close(1_000) }
}

test('the most read ones are warmed, all of them with their entities, and each kind as it declares', async () => {
  const game = await playQuests()
  const { worldId } = game
  const own = (name: string, per: 'world' | 'entity', warm: string) =>
    defineKind({
      name,
      per,
      ttlMs: 60_000,
      value: z.object({ n: z.number() }),
      warm: warm as never,
      cypher:
        per === 'world'
          ? 'MATCH (w:World {world_id: $worldId}) RETURN {n: 1} AS value'
          : 'UNWIND $ids AS id RETURN id, {n: 1} AS value',
    })
  const opened = openQuests()
  const kinds = [
    opened.quests,
    own('weather', 'world', 'world'),
    own('moods', 'entity', 'active-entities'),
    own('looks', 'entity', 'all-entities'),
    own('rumours', 'entity', 'never'),
  ]
  const all = openQuests({ kinds, quests: opened.quests })
  await game.addCharacter('idle', { active: false })
  await all.hearth.cache.popularity.add(worldId, new Map([['c1', 5]]))
  const { done } = await startWorkers(all)
  const warmed = await done<WarmResult>(await all.hearth.warm(worldId))
  expect(warmed).toMatchObject({ outcome: 'warmed', superseded: 0, held: 0 })
  const some = (entries: number, absent = 0) => ({ entries, absent })
  expect(await warmOf(all.hearth, worldId)).toMatchObject({
    quests: some(1),
    weather: some(1),
    moods: some(2),
    looks: some(3),
    character: some(3),
    timeline: some(2),
  })
  expect(await warmOf(all.hearth, worldId)).not.toHaveProperty('rumours')
  const again = await done<WarmResult>(await all.hearth.warm(worldId, { force: true }))
  expect(again).toMatchObject({ filled: warmed.entries, entries: warmed.entries })
})

test('a value that does not match fails only itself: in warming, a refresh and an audit', async () => {
  const game = await playQuests()
  const { worldId } = game
  await giveQuest(game, 'c2', { quest_id: 'q9', title: 'No state' })
  const opened = openQuests()
  const { hearth, entryOf } = opened
  await hearth.cache.popularity.add(
    worldId,
    new Map([
      ['c1', 5],
      ['c2', 5],
    ]),
  )
  const { done, troubles } = await startWorkers(opened)
  expect(await done(await hearth.warm(worldId))).toMatchObject({ outcome: 'warmed', unfit: 1 })
  expect(await warmOf(hearth, worldId)).toMatchObject({ quests: { entries: 1 }, timeline: { entries: 2 } })
  expect(troubles).toEqual([expect.stringMatching(/the kind quests: the value of c2 .* 0\.state/)])
  const [refreshed] = await Promise.all((await hearth.refresh(worldId, ['c1', 'c2'])).map(job => done(job)))
  expect(refreshed).toMatchObject({ entries: 4, renewed: 3, unfit: 1 })

  await hearth.cache.redis.set(entryOf(worldId, 'c2').key, '[]', 'PX', 60_000)
  const audited = await done(await hearth.audit(worldId, { all: true }))
  expect(audited).toMatchObject({ outcome: 'consistent', found: { different: 0 } })
})

test('reads make an entity popular, and its quests are refreshed by a job and by a round', async () => {
  const game = await playQuests()
  const { worldId } = game
  const server = await startRedis({ isolated: true }) // a round sees every world of its Redis
  onTestFinished(() => server.stop())
  const opened = openQuests({ redis: server.url, lives: { kindsMs: { quests: 30_000 } } })
  const { hearth, place, quests, entryOf } = opened
  for (let i = 0; i < 40; i++) await hearth.read(quests, worldId, 'c1')
  await hearth.read(quests, worldId, 'c2')
  await hearth.cache.readCounts.flush()
  expect(await hearth.cache.popularity.top(worldId, 9), 'what does not exist is not counted').toEqual(['c1'])

  const { done } = await startWorkers(opened)
  await game.run('MATCH (:World {world_id: $worldId})-->(q:Quest {quest_id: "q1"}) SET q.state = "done"')
  const jobs = await hearth.refresh(worldId)
  expect(await Promise.all(jobs.map(job => done<RefreshResult>(job)))).toMatchObject([{ renewed: 2 }])
  expect(await hearth.read(quests, worldId, 'c1')).toEqual([{ ...well, state: 'done' }])

  const { cache, producer } = hearth
  const store = openStoreAt(place)
  const policy = { idleMs: 60_000, top: 10, halfLifeMs: 600_000 }
  const round = { nextAt: new Date(Date.now() + 20_000), signal: new AbortController().signal }
  const added: unknown[] = []
  const listening = { addAll: async (_: unknown, some: unknown[]) => void added.push(...some) } as never
  // At a half-life of 10 min, 40 reads are less than two in 30 s, but at least two in 10 min.
  expect(await refreshPopular({ cache, producer: listening, store, policy }, round)).toEqual({
    worlds: 1,
    left: 0,
    looked: 1,
    due: 0,
  })
  expect(added).toEqual([])
  await cache.popularity.add(worldId, new Map([['c1', 100_000]]))
  await cache.redis.pexpire(entryOf(worldId, 'c1').key, 25_000)
  expect(await refreshPopular({ cache, producer, store, policy }, round)).toMatchObject({ looked: 2, due: 1 })
  const [job] = await queueOf(hearth, refreshJob.queue).getJobs(
    ['delayed', 'waiting', 'active', 'completed'],
    0,
    0,
    false,
  )
  expect(job?.data).toMatchObject({ targets: [{ kind: 'quests', id: 'c1' }] })
})

test('a wrong value in Redis is found, reported with its kind, and repaired', async () => {
  const game = await playQuests()
  const { worldId } = game
  const opened = openQuests()
  const { hearth, quests, entryOf, place } = opened
  const { done } = await startWorkers(opened)
  await hearth.read(quests, worldId, 'c1')
  const { key } = entryOf(worldId, 'c1')
  await hearth.cache.redis.set(key, JSON.stringify([{ ...well, state: 'wrong' }]), 'KEEPTTL')
  for (const sample of [null, 10]) {
    await hearth.cache.popularity.add(worldId, new Map([['c1', 1]]))
    const audit = await hearth.producer.add(auditWorldJob, { worldId, sample, repair: sample !== null })
    const result = await done<AuditResult>(audit)
    expect(result).toMatchObject({
      outcome: 'inconsistent',
      kinds: { quests: 1 },
      repaired: sample === null ? 0 : 1,
      findings: [{ subject: 'quests c1', target: { kind: 'quests', id: 'c1' }, fault: 'different' }],
    })
  }
  expect(await hearth.read(quests, worldId, 'c1')).toEqual([well])
  const { redis } = openStore({ address: place.address })
  onTestFinished(() => redis.disconnect())
  const { findings } = await createAuditLog({ redis, prefix: place.prefix }).newest(5)
  expect(findings).toMatchObject([{ subject: 'quests c1', times: 2 }])
})

test('jobs of a kind that the process does not know are postponed, and done by a process that knows it', async () => {
  const game = await playQuests()
  const { worldId } = game
  const knowing = openQuests()
  const { hearth, quests, place } = knowing
  const ignorant = openQuests({ kinds: [], prefix: place.prefix })
  await hearth.read(quests, worldId, 'c1')
  await giveQuest(game, 'c1', mill)
  const target = { kind: 'quests', id: 'c1' }
  const added = [
    hearth.ensureInvalidated([{ worldId, target, version: null }]),
    hearth.refresh(worldId, ['c2']),
    hearth.producer.add(warmChunkJob, { worldId, force: false, targets: [{ kind: 'quests', id: 'c2' }] }),
  ]
  await Promise.all(added)
  const queues = ['invalidate', 'refresh', 'warm'].map(name => queueOf(hearth, name))
  const inState = async (state: 'delayed' | 'completed') => {
    const jobs = await Promise.all(queues.map(queue => queue.getJobs([state])))
    return jobs.flat()
  }
  const { troubles, close } = await startWorkers(ignorant)
  const attempts = async () => (await inState('delayed')).map(({ attemptsMade }) => attemptsMade)
  await expect.poll(attempts, inTime).toEqual([0, 0, 0])
  expect(troubles).toContainEqual(
    expect.stringMatching(/there is no kind "quests" here; the kinds are flags, .*put off/),
  )
  expect(await hearth.read(quests, worldId, 'c1'), 'not yet').toEqual([well])
  await close()

  for (const job of await inState('delayed')) await job.promote() // before a worker might do so itself
  await startWorkers(knowing)
  await expect.poll(async () => (await inState('completed')).length, inTime).toBe(3)
  expect(await hearth.read(quests, worldId, 'c1')).toEqual([well, mill])
})

test('a kind of the world and one with types, loaded by functions, on the world in memory', async () => {
  const tax = defineKind({
    name: 'tax',
    per: 'world',
    value: z.object({ rate: z.number() }),
    ttlMs: null,
    warm: 'world',
    load: async () => [{ rate: 7, password: 'x' }],
    staleOn: { 'flags-changed': true },
  })
  let mood = 'calm'
  const moods = defineKind({
    name: 'moods',
    per: 'typed-entity',
    value: z.object({ mood: z.string() }),
    ttlMs: 60_000,
    warm: 'all-entities',
    load: async (source, worldId, refs) =>
      (await source.entities(worldId, refs)).map((entity, i) =>
        (entity ?? refs[i]?.id === 'spy') ? { mood, token: 'x' } : null,
      ),
    staleOn: { 'entity-updated': ({ type, id }) => [{ type, id }] },
    noun: type => `mood of the ${type}`,
  })
  const short = defineKind({
    name: 'short',
    per: 'entity',
    value: z.array(z.string()),
    ttlMs: 1_000,
    load: async () => [],
  })
  const world = embeddedWorld()
  const worldId = fresh()
  await plantWorld(world, worldId, { entities: 2 })
  await world.putEntities(worldId, [{ type: 'object', id: 'spy', name: 'Spy', props: { private: true } }])
  const kinds = [tax, moods, short]
  const hearth = createHearth({ cache: redisUrl(), queuePrefix: fresh('q'), world, kinds })
  onTestFinished(() => hearth.close())
  const opened = openQuests({ kinds, world })
  const { done } = await startWorkers(opened)
  expect(await done(await opened.hearth.warm(worldId))).toMatchObject({ outcome: 'warmed' })
  expect(await warmOf(opened.hearth, worldId)).toMatchObject({
    tax: { entries: 1 },
    'mood of the character': { entries: 2 },
  })
  const c1 = { type: 'character', id: 'c1' } as const
  expect(await hearth.read(tax, worldId)).toEqual({ rate: 7 })
  expect(
    await hearth.readMany(moods, worldId, [c1, { type: 'object', id: 'spy' }, { type: 'object', id: 'no' }]),
  ).toEqual([{ mood: 'calm' }, null, null])
  mood = 'angry'
  expect(await hearth.read(moods, worldId, c1), 'cached').toEqual({ mood: 'calm' })
  await hearth.changed(worldId, [
    { kind: 'entity-updated', ...c1 },
    { kind: 'stale', of: 'tax' },
  ])
  expect(await hearth.read(moods, worldId, c1)).toEqual({ mood: 'angry' })
  mood = 'glad'
  const { existed } = await hearth.invalidate(worldId, [{ kind: 'moods', ...c1 }])
  expect([existed, await hearth.read(moods, worldId, c1)]).toEqual([1, { mood: 'glad' }])
  await expect(hearth.read(short, worldId, 'c1')).rejects.toThrow(
    /the kind short: its load must answer 1 values, one for each entry; got 0/,
  )
})

test('a query that lacks a column is refused when the process starts', async () => {
  const kind = defineKind({
    name: 'quests',
    per: 'entity',
    value: z.array(z.unknown()),
    ttlMs: 1_000,
    cypher: 'UNWIND $ids AS giver RETURN giver, [] AS value',
  })
  const { world } = openQuests({ kinds: [kind] })
  await expect(world.ready()).rejects.toThrow(/the cypher of the kind quests: lacks the column id/)
})
