import { expect, test } from 'vitest'
import type { Fault, Finding } from '../../jobs/audit/payload.ts'
import { auditActiveWorlds } from '../../jobs/audit/schedule.ts'
import { atAllAges, openAudited } from '../support/audit-setup.ts'
import { kinds } from '../support/kinds.ts'
import { redisUrl } from '../support/servers.ts'
import { openHearth, openStoreAt, plantWorld, queueOf } from '../support/setup.ts'

const character = (id: string) => ({ type: 'character', id }) as const
const briefly = (findings: readonly Finding[]) =>
  findings.map(finding => `${finding.fault}: ${finding.subject}`).sort()
const none: Record<Fault, number> = {
  different: 0,
  orphan: 0,
  unparsable: 0,
  life: 0,
  lease: 0,
  popularity: 0,
}

test('each fault that is planted directly in Redis is found, classified, reported and repaired; then nothing is wrong', async () => {
  const { hearth, world, game, worldId, keys, redis, log, audit } = await openAudited({
    readCounts: false, // or reads of this test would change the popularity
  })
  // Enough entries that an entry and its lease are in different pages of the scan.
  await redis.mset(Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`other:${i}`, ''])))
  const ids = await plantWorld(world, worldId, { entities: 8 })
  const refs = ids.map(character)
  const read = async () => ({
    flags: await hearth.flags(worldId),
    snapshot: await hearth.snapshot(worldId),
    entities: await hearth.entities(worldId, refs),
    timelines: await hearth.timelines(worldId, ids),
  })
  await hearth.setFlags(worldId, { weather: 'calm', nested: { b: 1, a: [1, 2] } })
  await hearth.saveSnapshot(worldId, { metadata: { season: 'autumn', age: 3 } })
  await hearth.appendEvents(worldId, [
    { event_id: 'pending', timestamp: '2027-01-01T00:00:00', participants: ['c0'], location_id: null },
  ])
  await read()
  const unspoilt = await audit()
  expect(unspoilt).toMatchObject({ outcome: 'consistent', checked: 18, suspects: 0, found: none })
  expect(unspoilt.kinds).toEqual({ flags: 1, snapshot: 1, entity: 8, timeline: 8 })

  const entity = (id: string) => keys.entry(kinds.entity, worldId, character(id))
  const timeline = (id: string) => keys.entry(kinds.timeline, worldId, id)
  const keep = async (key: string, text: string) => redis.set(key, text, 'KEEPTTL')
  // Overwritten with redis-cli: a wrong value, and one with data that must never be reported.
  await keep(
    keys.entry(kinds.flags, worldId, null).key,
    '{"weather":"storm","nested":{"a":[1,2],"b":1},"email":"a@b.example"}',
  )
  // Cypher without `changed`.
  await game.run('MATCH (c:Character {character_id: $id})<--(:World {world_id: $worldId}) SET c.mood = 7', {
    id: 'c1',
  })
  await game.addEvent('untold', '2028-01-01T00:00:00', ['c2'])
  // Two orphans: the state of a removed entity, and its timeline. Popularity without an entity.
  await game.run('MATCH (c:Character {character_id: $id})<--(:World {world_id: $worldId}) DETACH DELETE c', {
    id: 'c3',
  })
  await hearth.cache.popularity.add(worldId, new Map([['ghost', 50]]))
  await redis.persist(entity('c4').key)
  await redis.pexpire(timeline('c4').key, 99_000_000)
  await keep(entity('c5').key, '{"id": "c5", "phone": "0170 555"')
  await redis.del(timeline('c5').key)
  await redis.rpush(timeline('c5').key, 'a list')
  await redis.set(entity('c6').lease, 'somebody who died')
  await redis.del(entity('c7').key)
  await redis.set(entity('c7').lease, 'somebody who died', 'PX', 99_000_000)

  const expected = [
    ...['different: character c1', 'different: flags', 'different: timeline c2'],
    ...['lease: character c6', 'lease: character c7'],
    ...['life: character c4', 'life: timeline c4', 'life: timeline c5'],
    ...['orphan: character c3', 'orphan: timeline c3'],
    'popularity: popularity of ghost',
    ...['unparsable: character c5', 'unparsable: timeline c5'],
  ]
  const found = { ...none, different: 3, orphan: 2, unparsable: 2, life: 3, lease: 2, popularity: 1 }
  const reported = await audit({ repair: false })
  expect(briefly(reported.findings)).toEqual(expected)
  expect(reported).toMatchObject({ outcome: 'inconsistent', found, repaired: 0, settled: 0 })
  expect(reported.inconsistent).toEqual(atAllAges(5))
  expect(await redis.get(keys.entry(kinds.flags, worldId, null).key), 'only reported').toContain('storm')

  const finding = (subject: string, { findings } = reported) =>
    findings.find(one => one.subject === subject && one.fault === 'different')
  expect(finding('flags')).toMatchObject({
    version: expect.any(Number),
    leftMs: null,
    differences: [
      { field: 'weather', cached: '"storm"', truth: '"calm"' },
      { field: 'email', cached: '(withheld)', truth: null },
    ],
  })
  expect(finding('character c1')?.differences).toEqual([{ field: 'mood', cached: null, truth: '7' }])
  expect(finding('timeline c2')).toMatchObject({
    leftMs: expect.any(Number),
    differences: [{ field: 'untold', cached: null, truth: expect.stringContaining('untold') }],
  })

  const repaired = await audit()
  expect(briefly(repaired.findings)).toEqual(expected)
  expect(repaired).toMatchObject({ outcome: 'inconsistent', found, repaired: 13 })
  expect(await read()).toMatchObject({
    flags: { weather: 'calm', nested: { a: [1, 2], b: 1 } },
    entities: { 1: { mood: 7 }, 3: null },
  })
  expect(await audit(), 'c3 is missing, and known to be').toMatchObject({
    outcome: 'consistent',
    checked: 16,
    suspects: 0,
  })
  expect(await hearth.cache.popularity.rank(worldId, 'ghost')).toBe(null)

  const kept = await log.newest(100)
  expect(kept.total).toBe(13)
  expect(briefly(kept.findings)).toEqual(expected)
  expect(kept.findings.every(({ times, repaired }) => times === 2 && repaired)).toBe(true)
  expect(await log.counts()).toEqual({
    checked: 18 + 17 + 17 + 16,
    found: 26,
    repaired: 13,
    ...Object.fromEntries(Object.entries(atAllAges(10)).map(([age, count]) => [`age:${age}`, count])),
  })
  const told = JSON.stringify([reported, repaired, kept, await hearth.producer.queues.at(-1)?.getJobs()])
  expect(told).toContain('storm')
  for (const secret of ['a@b.example', '0170 555']) expect(told).not.toContain(secret)
})

/** Writes to Neo4j in the middle of each comparison of an audit: after the entry was read, before Neo4j is. */
async function writeAtEachLook(
  { hearth, world, truth, game, worldId }: Awaited<ReturnType<typeof openAudited>>,
  { looks, tell }: { looks: number; tell: (look: number) => boolean },
) {
  const load = () => truth.entities(worldId, [character('c1')])
  const hold = () => world.holdNextLoad({ method: 'entities', at: 'before-reading' })
  let held = hold()
  for (let look = 1; look <= looks; look++) {
    await held.started
    const before = held
    if (look < looks) held = hold()
    await game.run(
      'MATCH (:World {world_id: $worldId})-->(c:Character {character_id: $id}) SET c.mood = coalesce(c.mood, 0) + 1',
      { id: 'c1' },
    )
    before.release()
    if (!tell(look)) continue
    await hearth.changed(worldId, [{ kind: 'entity-updated', ...character('c1') }])
    if (look < looks)
      await hearth.cache.read.one(hearth.cache.keys.entry(kinds.entity, worldId, character('c1')), load)
  }
}

test('a change in flight is never reported', async () => {
  const opened = await openAudited({ pool: { auditAgesMs: [300, 600] }, readCounts: false })
  const { hearth, world, worldId, log, audit } = opened
  const ids = await plantWorld(world, worldId)
  await hearth.entities(worldId, ids.map(character))

  // Committed after the entry was read, and reported before the entry is checked again.
  const [once] = await Promise.all([audit(), writeAtEachLook(opened, { looks: 1, tell: () => true })])
  expect(once).toMatchObject({ outcome: 'consistent', suspects: 1, settled: 1, unsettled: 0 })

  // At every check another value, in an entry that was stored again.
  await hearth.entities(worldId, ids.map(character))
  const [always] = await Promise.all([audit(), writeAtEachLook(opened, { looks: 5, tell: () => true })])
  expect(always).toMatchObject({
    outcome: 'consistent',
    suspects: 1,
    settled: 0,
    unsettled: 1,
    inconsistent: {},
  })

  // Reported so late that readers were misled for a while, but in time: that is counted, and is no finding.
  await hearth.entities(worldId, ids.map(character))
  const [late] = await Promise.all([audit(), writeAtEachLook(opened, { looks: 2, tell: look => look === 2 })])
  expect(late).toMatchObject({ outcome: 'consistent', settled: 1, inconsistent: { '300ms': 1 }, found: none })
  expect((await log.newest(1)).total).toBe(0)
})

test('a sample consists of read entities; a cold entry is neither wrong nor warmed', async () => {
  const { hearth, world, worldId, keys, redis, audit } = await openAudited({ readCounts: false })
  const ids = await plantWorld(world, worldId, { entities: 30 })
  await hearth.timelines(worldId, ids.slice(0, 10))
  await hearth.entities(worldId, ids.slice(0, 10).map(character))
  const popular = new Map([...ids.slice(0, 3), ...ids.slice(20, 22)].map(id => [id, 1_000]))
  await hearth.cache.popularity.add(worldId, popular)
  const loads = (id: string) => world.loadsOfId('timelines', id)
  const before = ids.map(loads)
  const asEntity = (id: string) => world.loadsOfId('entities', id)
  const entitiesBefore = ids.map(asEntity)

  const all = await audit({ sample: 100 })
  expect(all).toMatchObject({ outcome: 'consistent', popular: 5 })
  expect(all.kinds).toEqual({ flags: 0, snapshot: 0, entity: 3, timeline: 3 })
  expect(ids.map((id, i) => loads(id) - (before[i] ?? 0))).toEqual(ids.map((_, i) => (i < 3 ? 1 : 0)))
  expect(
    ids.map((id, i) => asEntity(id) - (entitiesBefore[i] ?? 0)),
    'once where the state was compared; of each type where only the popularity shows that there is one',
  ).toEqual(ids.map((_, i) => (i < 3 ? 1 : i === 20 || i === 21 ? 3 : 0)))
  expect(
    await redis.exists(
      keys.entry(kinds.timeline, worldId, 'c20').key,
      keys.entry(kinds.flags, worldId, null).key,
    ),
  ).toBe(0)

  // An entity that is read a million times as often is drawn first.
  await hearth.cache.popularity.add(worldId, new Map([['c1', 1_000_000_000]]))
  await redis.set(keys.entry(kinds.timeline, worldId, 'c1').key, '[]', 'KEEPTTL')
  expect(briefly((await audit({ sample: 1 })).findings)).toEqual(['different: timeline c1'])
})

test('accepted events that are not yet in Neo4j count as right', async () => {
  const { hearth, world, worldId, keys, redis, audit } = await openAudited({ readCounts: false })
  await plantWorld(world, worldId)
  await queueOf(hearth, 'flush').pause()
  await hearth.timeline(worldId, 'c1')
  const event = { event_id: 'pending', timestamp: '2027-01-01T00:00:00', participants: ['c1'] }
  await hearth.appendEvents(worldId, [{ ...event, location_id: null }])
  await hearth.settled()
  const key = keys.entry(kinds.timeline, worldId, 'c1').key
  expect(await redis.get(key)).toContain('pending')
  expect((await world.timelines(worldId, ['c1'], 50))[0]).toHaveLength(2)
  expect(await audit()).toMatchObject({ outcome: 'consistent', checked: 1, suspects: 0 })

  const lacking = JSON.parse((await redis.get(key)) ?? '').slice(1)
  await redis.set(key, JSON.stringify(lacking), 'KEEPTTL')
  const { findings } = await audit({ repair: false })
  expect(findings).toMatchObject([{ fault: 'different', differences: [{ field: 'pending', cached: null }] }])
  await queueOf(hearth, 'flush').resume()
  await expect.poll(() => hearth.pending.first(worldId, 1), { timeout: 10_000 }).toMatchObject({ pending: 0 })
  expect(briefly((await audit()).findings), 'flushed').toEqual(['different: timeline c1'])
  expect(await audit()).toMatchObject({ outcome: 'consistent', suspects: 0 })
})

test('a round audits every active world, one job of a kind for a world at a time', async () => {
  const { hearth, place } = openHearth({ cache: `${redisUrl()}/10`, queue: redisUrl() }) // worlds that no other test has
  const store = openStoreAt(place)
  await hearth.cache.redis.flushdb()
  const { cache, producer } = hearth
  for (const id of ['w1', 'w2', 'idle'])
    await cache.activeWorlds.touch(id, Date.now() - (id === 'idle' ? 9_000 : 0))
  const round = (all: boolean) =>
    auditActiveWorlds(
      { cache, producer, store, policy: { idleMs: 5_000, sample: 7, repair: false, budget: 100 } },
      { all, nextAt: new Date(), signal: new AbortController().signal },
    )
  for (const all of [false, true, false, true]) expect(await round(all)).toEqual({ worlds: 2, left: 0 })
  await hearth.audit('w1', { all: true }) // by hand, so that it begins now
  const jobs = await queueOf(hearth, 'audit').getJobs()
  const asked = jobs.map(({ data: { worldId, sample, repair } }) => `${worldId} ${sample} ${repair}`).sort()
  expect(asked).toEqual(['w1 7 false', 'w1 null false', 'w1 null true', 'w2 7 false', 'w2 null false'])
  await expect(hearth.audit('w1', { sample: 0 })).rejects.toMatchObject({
    code: 'InvalidInput',
    message: /sample/,
  })
})
