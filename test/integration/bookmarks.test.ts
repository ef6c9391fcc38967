import { isEqual, uniqWith } from 'es-toolkit'
import { expect, onTestFinished, test } from 'vitest'
import { startPool } from '../../jobs/pool/pool.ts'
import type { RecordedTarget } from '../../queues/recorded.ts'
import type { Neo4jWorldOptions } from '../../world/neo4j/options.ts'
import { laterBookmark, recordBolt, type Sent } from '../support/bolt-recorder.ts'
import { openGame, openProcess as openOn } from '../support/neo4j-process.ts'
import { openRelay, outboxOf } from '../support/relay-parts.ts'
import { inTime } from '../support/relay-setup.ts'
import { neo4jAuth, redisUrl } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'

/** A process of the fleet, whose queries to Neo4j are recorded. */
async function openProcess(prefix: string, options: Partial<Neo4jWorldOptions> = {}) {
  const { uri, sent } = await recordBolt(neo4jAuth().uri)
  return { ...(await openOn(prefix, { uri, ...options })), sent }
}

const flagsChanged = [{ kind: 'flags-changed' }] as const
/** Those that load something of the world. */
const loadsOf = (sent: readonly Sent[], worldId: string) => sent.filter(({ text }) => text.includes(worldId))

test('a reported bookmark goes with every load of the world, in every process, until a load has one in its place', async () => {
  const { worldId, ids, commitFlags } = await openGame()
  const prefix = fresh('q')
  const [backend, other] = [await openProcess(prefix), await openProcess(prefix)]
  const loads = () => loadsOf(other.sent, worldId)
  /** Each set of bookmarks that a load carried: a busy machine may need a load more. */
  const carried = () =>
    uniqWith(
      loads().map(({ bookmarks }) => bookmarks),
      isEqual,
    )
  expect(await other.hearth.flags(worldId)).toEqual({ weather: 'calm' })
  expect(carried()).toEqual([[]])

  const bookmark = await commitFlags('storm')
  other.sent.length = 0
  expect(await backend.hearth.changed(worldId, flagsChanged, { bookmark })).toBe('invalidated')
  expect(await other.hearth.flags(worldId)).toEqual({ weather: 'storm' })
  await other.hearth.snapshot(worldId)
  await other.hearth.entity(worldId, { type: 'character', id: 'c0' })
  await other.hearth.timelines(worldId, ids)
  expect(loads().length).toBeGreaterThanOrEqual(4)
  expect(carried()).toEqual([[bookmark]])
  const queriesOfHit = async () => {
    other.sent.length = 0
    await other.hearth.flags(worldId)
    return loads()
  }
  await expect.poll(queriesOfHit, inTime).toEqual([])

  const more = [await commitFlags('rain'), await commitFlags('hail')]
  await backend.hearth.changed(worldId, flagsChanged, { bookmark: more })
  expect(await other.hearth.flags(worldId)).toEqual({ weather: 'hail' })
  expect(carried()[0]).toEqual([bookmark, ...more])
  const { redis, keys } = other.hearth.cache
  await expect.poll(() => redis.zcard(keys.bookmarks(worldId)), inTime).toBe(1)
  expect(await redis.ttl(keys.bookmarks(worldId)), 'or it could be evicted').toBe(-1)
})

test("Hearth's own writes are waited for: flags, a snapshot, flushed events", async () => {
  const { worldId } = await openGame()
  const prefix = fresh('q')
  const [backend, other] = [await openProcess(prefix), await openProcess(prefix)]
  const { redis, keys } = backend.hearth.cache
  const known = () => redis.zrange(keys.bookmarks(worldId), 0, '-1')

  await backend.hearth.setFlags(worldId, { weather: 'storm' })
  const afterFlags = await known()
  expect(afterFlags).toHaveLength(1)
  await backend.hearth.saveSnapshot(worldId, { world_name: 'another' })
  const afterSnapshot = await known()
  expect(afterSnapshot).toHaveLength(2)
  await other.hearth.entity(worldId, { type: 'character', id: 'c1' })
  expect(loadsOf(other.sent, worldId).at(-1)?.bookmarks.sort()).toEqual([...afterSnapshot].sort())

  const pool = await startPool({ address: redisUrl(), prefix, deps: backend.hearth.jobDeps() })
  onTestFinished(() => pool.close(1_000))
  await backend.hearth.appendEvents(worldId, [
    { event_id: 'new', timestamp: '2027-01-01T00:00:00', participants: ['c2'] },
  ])
  await expect.poll(() => backend.hearth.pending.worlds(), inTime).not.toContain(worldId)
  const flushed = (await known()).filter(bookmark => !afterSnapshot.includes(bookmark))
  expect(flushed, 'shared before the events are no longer pending').not.toEqual([])
  expect((await other.hearth.timeline(worldId, 'c2'))[0]).toMatchObject({ event_id: 'new' })
  expect(loadsOf(other.sent, worldId).at(-1)?.bookmarks).toEqual(expect.arrayContaining(flushed))
})

test('a change that another process relays reaches loads with the bookmark of reading the outbox; followers read no outbox', async () => {
  const { worldId, commitFlags, record } = await openGame()
  const prefix = fresh('q')
  const followers = { readsFrom: 'followers' } as const
  const [relaying, other] = [await openProcess(prefix, followers), await openProcess(prefix, followers)]
  expect(await other.hearth.flags(worldId)).toEqual({ weather: 'calm' })
  let recorded = ''
  const bookmark = await commitFlags('storm', async tx => {
    recorded = await record(tx, worldId, flagsChanged)
  })
  // Invalidated without the bookmark, it is not confirmed: the relay still has to give loads one.
  expect(await other.hearth.changed(worldId, flagsChanged, { recorded })).toBe('invalidated')
  await other.hearth.settled()
  expect(await other.hearth.cache.confirmations.have([{ worldId, id: recorded }])).toEqual([false])

  const { cache } = relaying.hearth
  const outbox = outboxOf(relaying.world.outbox, worldId)
  const deliver = async (targets: readonly RecordedTarget[]) => {
    await cache.leases.invalidate(
      worldId,
      targets.map(({ target }) => cache.keys.entryOf(worldId, target)),
    )
    return targets
  }
  const relay = openRelay({
    outbox,
    cache,
    place: { address: redisUrl(), prefix },
    overrides: { deliver },
  })
  onTestFinished(() => relay.close())
  await expect.poll(async () => (await outbox.pending(10)).length, inTime).toBe(0)

  other.sent.length = 0
  expect(await other.hearth.flags(worldId)).toEqual({ weather: 'storm' })
  const [load] = loadsOf(other.sent, worldId)
  expect(load).toMatchObject({ isRead: true, bookmarks: [expect.stringMatching(/^FB:/)] })
  expect(await cache.redis.zrange(cache.keys.bookmarks(worldId), 0, '-1')).toEqual(load?.bookmarks)
  expect(bookmark).toMatch(/^FB:/)
  const outboxReads = relaying.sent.filter(({ text }) => text.includes('MATCH (o:CacheOutbox)'))
  expect(outboxReads.length).toBeGreaterThan(0)
  expect(outboxReads.filter(({ isRead }) => isRead)).toEqual([])
})

test('a load waits for a bookmark that its server has not reached, and answers once it has', async () => {
  const { worldId, commitFlags } = await openGame()
  const process = await openProcess(fresh('q'))
  const bookmark = await commitFlags('storm')
  await process.hearth.changed(worldId, flagsChanged, { bookmark: laterBookmark(bookmark, 40) })
  const reading = process.hearth.flags(worldId)
  await expect.poll(() => loadsOf(process.sent, worldId).length, inTime).toBeGreaterThan(0)
  for (let i = 0; i < 40; i++) await commitFlags(`rain ${i}`)
  expect(await reading, 'other tests commit, too').toEqual({ weather: expect.stringMatching(/^rain /) })
})

test('a bookmark that is not reached in time fails loads of its world by name, and nothing else', async () => {
  const { worldId, commitFlags } = await openGame()
  const neighbour = await openGame()
  const process = await openProcess(fresh('q'), { bookmarkTimeoutMs: 300 })
  const { hearth } = process
  await hearth.snapshot(worldId)
  const future = laterBookmark(await commitFlags('storm'), 1_000_000)
  await hearth.changed(worldId, flagsChanged, { bookmark: future })

  const behind = {
    code: 'WorldUnavailable',
    message: expect.stringMatching(/has not reached the bookmark of a reported change within 300 ms/),
  }
  await expect(hearth.flags(worldId)).rejects.toMatchObject(behind)
  expect(process.world.isAway?.()).toBe(false)
  process.sent.length = 0
  for (let i = 0; i < 30; i++) await expect(hearth.flags(worldId)).rejects.toMatchObject(behind)
  expect(loadsOf(process.sent, worldId), 'Neo4j still waits, and no more connections with it').toEqual([])
  const hit = () => hearth.snapshot(worldId).catch(() => null)
  await expect.poll(hit, inTime).toHaveProperty('world_name', worldId)
  expect(await hearth.flags(neighbour.worldId)).toEqual({ weather: 'calm' })

  await hearth.cache.redis.unlink(hearth.cache.keys.bookmarks(worldId))
  expect(await hearth.flags(worldId), 'without the bookmark').toEqual({ weather: 'storm' })
})

test('what is no bookmark of Neo4j names nothing: the load goes on without', async () => {
  const { worldId, commitFlags } = await openGame()
  const { hearth } = await openProcess(fresh('q'))
  const bookmark = await commitFlags('storm')
  await hearth.changed(worldId, flagsChanged, { bookmark: ['nonsense', bookmark] })
  expect(await hearth.flags(worldId)).toEqual({ weather: 'storm' })
  const { redis, keys } = hearth.cache
  const stored = () => redis.zrange(keys.bookmarks(worldId), 0, '-1')
  await expect.poll(stored, inTime).not.toContain('nonsense')
  await expect(hearth.changed(worldId, flagsChanged, { bookmark: [''] })).rejects.toMatchObject({
    code: 'InvalidInput',
    message: expect.stringContaining('options.bookmark'),
  })
})
