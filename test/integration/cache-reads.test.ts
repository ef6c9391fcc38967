import { describe, expect, test, vi } from 'vitest'
import type { TimelineEvent } from '../../model/world-data.ts'
import { withoutLeaseCheck } from '../support/broken-scripts.ts'
import { kinds } from '../support/kinds.ts'
import { fresh, openCache, openHearth, plantWorld } from '../support/setup.ts'

describe('a read', () => {
  test('loads once, and is then a hit for all processes', async () => {
    const { hearth, world } = openHearth()
    const worldId = fresh()
    await plantWorld(world, worldId)

    const events = await hearth.timeline(worldId, 'c0')
    expect(events.map(({ event_id }) => event_id)).toEqual(['c0-e1', 'c0-e0'])
    expect(await hearth.timeline(worldId, 'c0', { limit: 1 })).toEqual(events.slice(0, 1))
    expect(world.loads).toBe(1)

    const { keys, redis } = hearth.cache
    expect(JSON.parse((await redis.get(keys.entry(kinds.timeline, worldId, 'c0').key)) as string)).toEqual(
      events,
    )
    const ttlMs = await redis.pttl(keys.entry(kinds.timeline, worldId, 'c0').key)
    expect(ttlMs).toBeGreaterThan(500_000)
    expect(ttlMs).toBeLessThanOrEqual(660_000)
  })

  test('returns every kind in its shape', async () => {
    const { hearth, world } = openHearth()
    const worldId = fresh()
    await plantWorld(world, worldId)

    for (const _ of ['a miss', 'a hit']) {
      expect(await hearth.flags(worldId)).toEqual({ weather: 'calm' })
      expect(await hearth.snapshot(worldId)).toMatchObject({ world_id: worldId, world_name: worldId })
      expect(await hearth.entity(worldId, { type: 'character', id: 'c1' })).toMatchObject({
        id: 'c1',
        type: 'character',
        name: 'name of c1',
      })
    }
    expect(
      await hearth.cache.redis.pttl(hearth.cache.keys.entry(kinds.flags, worldId, null).key),
      'flags live for ever',
    ).toBe(-1)
  })

  test('of a world that is cold asks for the lease at once, which brings the value of an entry that is there', async () => {
    const { hearth, world } = openHearth({ near: false })
    const worldId = fresh()
    await plantWorld(world, worldId, { entities: 7 })
    const { hearth: other } = openHearth({ world })
    await other.timeline(worldId, 'c5')
    const { keys, reads } = hearth.cache
    const sent = vi.spyOn(reads, 'sendCommand')
    const gets = () =>
      sent.mock.calls.flatMap(([{ name, args }]) => (name === 'get' ? [String(args[0])] : []))

    for (const id of ['c0', 'c1', 'c2', 'c3', 'c4'])
      expect(await hearth.timeline(worldId, id)).toHaveLength(2)
    const loads = world.loadsOf('timelines')
    expect(await hearth.timeline(worldId, 'c5'), 'found by the way').toHaveLength(2)
    expect(world.loadsOf('timelines')).toBe(loads)
    expect(await hearth.timeline(worldId, 'c6'), 'after a hit').toHaveLength(2)
    const asked = ['c0', 'c1', 'c2', 'c3', 'c6'].map(id => keys.entry(kinds.timeline, worldId, id).key)
    expect(gets()).toEqual(asked)
  })

  test('of a batch is one MGET, and one load for all misses', async () => {
    const { hearth, world } = openHearth()
    const worldId = fresh()
    await plantWorld(world, worldId, { entities: 5 })
    await hearth.timeline(worldId, 'c2')

    const timelines = await hearth.timelines(worldId, ['c4', 'c2', 'c4', 'nobody', 'c0'])
    expect([...timelines.keys()]).toEqual(['c4', 'c2', 'nobody', 'c0'])
    expect([...timelines.values()].map(events => events.length)).toEqual([2, 2, 0, 2])
    expect(world.loadsOf('timelines')).toBe(2)
    expect(world.loadsOfId('timelines', 'c2')).toBe(1)

    const twice = await hearth.entities(worldId, [
      { type: 'character', id: 'c1' },
      { type: 'location', id: 'c1' },
      { type: 'character', id: 'c1' },
    ])
    expect(twice.map(entity => entity?.id)).toEqual(['c1', undefined, 'c1'])
    expect(world.loadsOfId('entities', 'c1'), 'once for each type').toBe(2)
  })

  // On a busy machine Redis may exceed its time limit, and a read goes to the world, as it should. Then it is repeated.
  test('remembers for a short time, as null, that an entity does not exist', { retry: 2 }, async () => {
    const { hearth, world } = openHearth()
    const worldId = fresh()
    await plantWorld(world, worldId)
    for (const _ of ['a miss', 'a hit']) {
      expect(await hearth.entity(worldId, { type: 'object', id: 'nothing' })).toBeNull()
      expect(await hearth.timeline(worldId, 'nobody')).toEqual([])
      expect(await hearth.flags(fresh('nowhere'))).toBeNull()
    }
    expect(world.loadsOf('entities')).toBe(1)
    expect(world.loadsOf('timelines')).toBe(1)
    const { redis, keys } = hearth.cache
    const ttlMs = await redis.pttl(keys.entry(kinds.timeline, worldId, 'nobody').key)
    expect(ttlMs).toBeGreaterThan(20_000)
    expect(ttlMs).toBeLessThanOrEqual(33_000)
  })

  test('accepts ids of any text', async () => {
    const { hearth, world } = openHearth()
    const worldId = fresh('a world: {of} ours')
    const ids = ["o'brien", 'dragon-village:banjo the blacksmith_34', '{c}', '🐉', 'é'.repeat(128)]
    await world.saveSnapshot(worldId, {})
    await world.putEntities(
      worldId,
      ids.map(id => ({ type: 'character', id, name: id, props: {} })),
    )
    for (const _ of ['a miss', 'a hit']) {
      for (const id of ids) expect((await hearth.entity(worldId, { type: 'character', id }))?.name).toBe(id)
    }
    expect(world.loadsOf('entities')).toBe(ids.length)
  })

  test.each([0, 51, 1.5, Number.NaN])('refuses a limit of %s by name', async limit => {
    const { hearth } = openHearth()
    await expect(hearth.timeline('w', 'c', { limit })).rejects.toMatchObject({
      code: 'InvalidInput',
      message: `limit must be a whole number from 1 to 50 (topK), got ${limit}`,
    })
  })

  test('refuses an empty id by name, and loads nothing', async () => {
    const { hearth, world } = openHearth()
    await expect(hearth.timeline('w', '')).rejects.toMatchObject({
      code: 'InvalidInput',
      message: 'entityId must not be empty',
    })
    await expect(hearth.flags('')).rejects.toMatchObject({ code: 'InvalidInput' })
    expect(world.loads).toBe(0)
  })

  test.each(['{"torn": ', '"text"', '42', '{}'])(
    'replaces a corrupt value (%s), and never returns it to the game',
    async bad => {
      const { hearth, world } = openHearth()
      const worldId = fresh()
      await plantWorld(world, worldId)
      const { redis, keys } = hearth.cache
      const { key } = keys.entry(kinds.timeline, worldId, 'c0')
      for (const read of [
        () => hearth.timeline(worldId, 'c0'),
        async () => (await hearth.timelines(worldId, ['c0'])).get('c0'),
      ]) {
        await redis.set(key, bad)
        expect(await read()).toHaveLength(2)
        expect(JSON.parse((await redis.get(key)) as string)).toHaveLength(2)
      }
    },
  )

  test('works after Redis has forgotten the scripts', async () => {
    const { hearth, world } = openHearth()
    const worldId = fresh()
    await plantWorld(world, worldId)
    await hearth.flags(worldId)
    await hearth.cache.redis.script('FLUSH')
    expect(await hearth.timeline(worldId, 'c0')).toHaveLength(2)
    await hearth.cache.redis.script('FLUSH')
    await hearth.cache.leases.invalidate(worldId, [hearth.cache.keys.entry(kinds.timeline, worldId, 'c0')])
    expect(await hearth.timeline(worldId, 'c0')).toHaveLength(2)
    expect(world.loadsOf('timelines')).toBe(2)
  })

  test('that fails to load rejects for all who wait, and gives the lease back', async () => {
    const { hearth, world } = openHearth()
    const worldId = fresh()
    await plantWorld(world, worldId)
    const load = world.holdNextLoad()
    const reads = [hearth.timeline(worldId, 'c0'), hearth.timeline(worldId, 'c0')]
    await load.started
    world.failNextLoad(new Error('the truth is out'))
    await expect(hearth.timeline(worldId, 'c1')).rejects.toThrow('the truth is out')
    load.release()
    await Promise.all(reads)
    expect(await hearth.timeline(worldId, 'c1')).toHaveLength(2)
  })

  test('returns values that no reader can change for another', async () => {
    const { hearth, world } = openHearth()
    const worldId = fresh()
    await plantWorld(world, worldId)
    const [one, other] = await Promise.all([hearth.timeline(worldId, 'c0'), hearth.timeline(worldId, 'c0')])
    expect(() => (one as unknown[]).pop()).toThrow(TypeError)
    const [event] = other as TimelineEvent[]
    expect(() => Object.assign(event ?? {}, { title: 'mine' })).toThrow(TypeError)
    expect(other).toHaveLength(2)
  })

  test('without a near cache returns a separate object to every reader', async () => {
    const { hearth, world } = openHearth({ near: false })
    const worldId = fresh()
    await plantWorld(world, worldId)
    const [one, other] = await Promise.all([hearth.timeline(worldId, 'c0'), hearth.timeline(worldId, 'c0')])
    ;(one as unknown[]).pop()
    expect(other).toHaveLength(2)
  })
})

describe('a load overtaken by a change', () => {
  async function overtake(options: Parameters<typeof openCache>[0] = {}) {
    const { hearth, world } = openHearth()
    const cache = openCache(options)
    const worldId = fresh()
    await plantWorld(world, worldId)
    const entry = cache.keys.entry(kinds.timeline, worldId, 'c0')
    const load = world.holdNextLoad()
    const reading = cache.read.one(entry, async () => [
      (await world.timelines(worldId, ['c0'], 50))[0] ?? null,
    ])
    await load.started
    await world.addEvents(worldId, [
      { event_id: 'newest', timestamp: '2026-02-01T00:00:00', participants: ['c0'] },
    ])
    await hearth.cache.leases.invalidate(worldId, [entry])
    load.release()
    const read = await reading
    const stored = await cache.redis.get(entry.key)
    return { read, stored: stored === null ? null : JSON.parse(stored) }
  }

  test('stores nothing, and the read starts again', async () => {
    const { read, stored } = await overtake()
    expect(read?.[0]?.event_id).toBe('newest')
    expect(stored).toEqual(read)
  })

  test('would be stored without the check of the lease', async () => {
    const { stored } = await overtake({ scripts: withoutLeaseCheck })
    expect(stored[0].event_id).not.toBe('newest')
  })

  test('is loaded without the cache after three such changes', async () => {
    const { hearth, world } = openHearth()
    const worldId = fresh()
    await plantWorld(world, worldId)
    const entry = hearth.cache.keys.entry(kinds.timeline, worldId, 'c0')
    let load = world.holdNextLoad()
    const reading = hearth.timeline(worldId, 'c0')
    for (let attempt = 1; attempt <= 3; attempt++) {
      await load.started
      await hearth.cache.leases.invalidate(worldId, [entry])
      const held = load
      load = world.holdNextLoad()
      held.release()
    }
    await load.started
    load.release()
    expect(await reading).toHaveLength(2)
    expect(world.loadsOf('timelines')).toBe(4)
    expect(await hearth.cache.redis.exists(entry.key, entry.lease)).toBe(0)
  })
})

test('a reader that finds the lease of a process that died loads for itself, and stores nothing', async () => {
  const { world } = openHearth()
  const cache = openCache({ waitMs: 50 })
  const worldId = fresh()
  await plantWorld(world, worldId)
  const entry = cache.keys.entry(kinds.timeline, worldId, 'c0')
  await cache.leases.take([entry], 'read')
  const read = await cache.read.one(entry, async () => [
    (await world.timelines(worldId, ['c0'], 50))[0] ?? null,
  ])
  expect(read).toHaveLength(2)
  expect(await cache.redis.get(entry.key)).toBeNull()
})

test('a version is raised by every invalidation, and never repeats when its key is lost', async () => {
  const { leases, keys, redis } = openCache()
  const worldId = fresh()
  const first = await leases.invalidate(worldId, [])
  const second = await leases.invalidate(worldId, [keys.entry(kinds.flags, worldId, null)])
  expect(second.version).toBe(first.version + 1)
  await redis.del(keys.version(worldId))
  expect((await leases.invalidate(worldId, [])).version).toBeGreaterThan(second.version)
})

test('a refresh replaces the living entry, and a change in the meantime makes it write nothing', async () => {
  const { hearth, world } = openHearth()
  const worldId = fresh()
  await plantWorld(world, worldId)
  const { fill, keys, leases, redis } = hearth.cache
  const entry = keys.entry(kinds.timeline, worldId, 'c0')
  const before = await hearth.timeline(worldId, 'c0')
  const load = async () => [(await world.timelines(worldId, ['c0'], 50))[0] ?? null]
  const renew = () => fill({ entries: [entry], load, mode: 'renew', by: 'refresh', waitMs: 100 })

  await world.addEvents(worldId, [
    { event_id: 'new', timestamp: '2026-02-01T00:00:00', participants: ['c0'] },
  ])
  const held = world.holdNextLoad()
  const renewing = renew()
  await held.started
  expect(await hearth.timeline(worldId, 'c0'), 'a hit all the while').toEqual(before)
  held.release()
  expect((await renewing)[0]?.state).toBe('stored')
  expect((await hearth.timeline(worldId, 'c0'))[0]?.event_id).toBe('new')

  const overtaken = world.holdNextLoad()
  const again = renew()
  await overtaken.started
  await leases.invalidate(worldId, [entry])
  expect(await redis.exists(entry.key)).toBe(0)
  overtaken.release()
  expect((await again)[0]?.state, 'it loads once more, after the change').toBe('stored')
})

test('even the shortest TTL, with any jitter, is an expiry', async () => {
  const lives = { kindsMs: { timeline: 1, entity: 1 }, nullMs: 1, jitter: 0.9 }
  const { hearth, world } = openHearth({ lives })
  const worldId = fresh()
  const ids = await plantWorld(world, worldId, { entities: 40 })
  const { keys, redis } = hearth.cache
  await hearth.timelines(worldId, [...ids, ...Array.from({ length: 40 }, (_, i) => `unknown-${i}`)])
  await hearth.entities(
    worldId,
    ids.map(id => ({ type: 'object', id })),
  )
  const all = [...ids, 'unknown-0'].map(id => keys.entry(kinds.timeline, worldId, id).key)
  const objects = ids.map(id => keys.entry(kinds.entity, worldId, { type: 'object', id }).key)
  const lasting = await Promise.all([...all, ...objects].map(key => redis.pttl(key)))
  expect(lasting.filter(ms => ms === -1)).toEqual([])
})
