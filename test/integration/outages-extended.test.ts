import { expect, onTestFinished, test } from 'vitest'
import type { HearthOptions } from '../../hearth/options.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { HearthError } from '../../model/errors.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import { openWay } from '../chaos/proxy.ts'
import { holdLoads } from '../support/held-world.ts'
import { kinds } from '../support/kinds.ts'
import { inTime } from '../support/relay-setup.ts'
import { neo4jAuth, redisUrl } from '../support/servers.ts'
import { fresh, openHearth, plantWorld, queueOf } from '../support/setup.ts'

const lifeMs = 60_000
const lives = { kindsMs: { entity: lifeMs, timeline: lifeMs }, jitter: 0 }
const away = new HearthError('WorldUnavailable', 'away')

/** Hearths whose connection to Neo4j can be cut, and an entity that is warm. */
async function openBefore() {
  const way = await openWay(neo4jAuth().uri.replace(/^neo4j:/, 'bolt:'))
  onTestFinished(way.close)
  const world = neo4jWorld({ ...neo4jAuth(), uri: way.url })
  onTestFinished(() => world.close())
  const worldId = fresh()
  const ref = { type: 'character', id: 'c1' } as const
  await world.saveSnapshot(worldId, {})
  await world.putEntities(worldId, [{ ...ref, name: 'before', props: {} }])

  let extended = 0
  const observer = {
    extended(_: string, count: number) {
      extended += count
    },
  }
  const place = { cache: redisUrl(), queuePrefix: fresh('q'), lives, observer }
  function open(near: NonNullable<HearthOptions['near']> = {}) {
    const hearth = openedHearth({ ...place, near, world: { ...world, close: async () => {} } })
    onTestFinished(() => hearth.close())
    return { hearth, read: () => hearth.entity(worldId, ref) }
  }
  const first = open()
  const { cache } = first.hearth
  const { key } = cache.keys.entry(kinds.entity, worldId, ref)
  await expect.poll(() => first.read().then(() => cache.redis.exists(key)), inTime).toBe(1)
  return { way, world, worldId, ref, open, first, cache, key, extended: () => extended }
}

test('while Neo4j is away, who reads an entry extends it, and a reported change still wins', async () => {
  const { way, world, worldId, ref, open, first, cache, key, extended } = await openBefore()
  way.become({ kind: 'cut' })
  const isAway = () => first.hearth.flags(worldId).catch(() => world.isAway?.())
  await expect.poll(isAway, inTime).toBe(true)
  for (const [i, near] of [false as const, {}].entries()) {
    await cache.redis.pexpire(key, 20_000) // less than the half of its life
    const { read } = open(near) // a process that does not know when the entry ends
    await expect.poll(() => read().then(extended), inTime).toBe(i + 1)
    expect(await cache.redis.pttl(key)).toBeGreaterThan(lifeMs / 2)
    expect((await read())?.name).toBe('before')
  }

  expect(await first.hearth.changed(worldId, [{ kind: 'entity-updated', ...ref }])).toBe('invalidated')
  await expect(first.read()).rejects.toMatchObject({ code: 'WorldUnavailable' })
  way.become({ kind: 'clear' })
  const nameOf = (): Promise<unknown> =>
    first.read().then(
      entity => entity?.name,
      () => undefined,
    )
  await expect.poll(nameOf, inTime).toBe('before')
})

/** A timeline that will live for another 20 s, of a world whose loads can fail. */
async function openExtending(knows: { isAway?: () => boolean } = {}) {
  const world = Object.assign(holdLoads(embeddedWorld()), knows)
  const { hearth, place } = openHearth({ lives, world })
  const { cache } = hearth
  const worldId = fresh()
  await plantWorld(world, worldId)
  await hearth.timeline(worldId, 'c0')
  const entryOf = (id: string) => cache.keys.entry(kinds.timeline, worldId, id)
  await cache.redis.pexpire(entryOf('c0').key, 20_000)
  /** As a refresh does. */
  const renew = (...ids: string[]) =>
    cache.fill({
      entries: ids.map(entryOf),
      load: entries =>
        world.timelines(
          worldId,
          entries.map(({ item }) => item as string),
          50,
        ),
      mode: 'renew',
      by: 'refresh',
      waitMs: 0,
    })
  const ttlMs = (id: string) => cache.redis.pttl(entryOf(id).key)
  return { hearth, world, place, cache, worldId, entryOf, renew, ttlMs }
}

test('a refresh job that meets an outage extends what it would have renewed', async () => {
  const { hearth, world, place, worldId, ttlMs } = await openExtending()
  world.failNextLoad(away)
  const held = world.holdNextLoad()
  const pool = await startPool({ ...place, deps: hearth.jobDeps() })
  onTestFinished(() => pool.close(1_000))
  const [job] = await hearth.refresh(worldId, ['c0'])
  await held.started // of its second run: the first has failed
  expect(await ttlMs('c0')).toBeGreaterThan(lifeMs / 2)
  held.release()
  const stateOf = async () => (await queueOf(hearth, 'refresh').getJob(job?.id ?? ''))?.getState()
  await expect.poll(stateOf, inTime).toBe('completed')
})

test('an absence is not extended, nor is a life shortened, and the leases are given back', async () => {
  const { world, cache, entryOf, renew, ttlMs } = await openExtending()
  await cache.redis.pexpire(entryOf('c0').key, 10 * lifeMs)
  await cache.redis.set(entryOf('c2').key, 'null', 'PX', 20_000)
  world.failNextLoad(away)
  await expect(renew('c0', 'c1', 'c2')).rejects.toBe(away)
  expect(await ttlMs('c0')).toBeGreaterThan(9 * lifeMs)
  expect(await ttlMs('c1')).toBe(-2)
  expect(await ttlMs('c2')).toBeLessThanOrEqual(20_000)
  expect(await cache.redis.exists(['c0', 'c1', 'c2'].map(id => entryOf(id).lease))).toBe(0)
})

test('where the source answers others, a load that fails is no outage', async () => {
  const { world, renew, ttlMs } = await openExtending({ isAway: () => false })
  world.failNextLoad(away)
  await expect(renew('c0')).rejects.toBe(away)
  expect(await ttlMs('c0')).toBeLessThanOrEqual(20_000)
})

test('a change during the load that fails is not undone, and the next lease of its entry stays', async () => {
  const { hearth, world, cache, worldId, entryOf, renew, ttlMs } = await openExtending()
  const { lease } = entryOf('c0')
  const load = world.holdNextLoad()
  world.timelines = failingAfter(world.timelines)
  const renewing = renew('c0')
  await load.started
  await hearth.changed(worldId, [{ kind: 'event-added', entityIds: ['c0'] }])
  await cache.redis.set(lease, 'of a writer')
  load.release()
  await expect(renewing).rejects.toBe(away)
  expect(await ttlMs('c0')).toBe(-2)
  expect(await cache.redis.get(lease)).toBe('of a writer')
})

const failingAfter =
  <Given extends unknown[]>(load: (...given: Given) => Promise<unknown>) =>
  async (...given: Given): Promise<never> => {
    await load(...given)
    throw away
  }
