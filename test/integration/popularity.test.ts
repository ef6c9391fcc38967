import { describe, expect, onTestFinished, test } from 'vitest'
import { connectCache } from '../../cache/connect.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'
import { refreshHuge } from '../support/refresh-huge-world.ts'
import { redisUrl } from '../support/servers.ts'
import * as setup from '../support/setup.ts'
import { fresh, plantWorld } from '../support/setup.ts'

const hour = 3_600_000

/** Rounds process every world of a database, so these tests use a separate one. */
const ownDatabase = (index: number) => `${redisUrl()}/${index}`
const openCache = () => setup.openCache({ redis: connectCache(ownDatabase(7), () => {}) })
const openHearth = (options: Parameters<typeof setup.openHearth>[0] = {}) =>
  setup.openHearth({ cache: ownDatabase(7), queue: redisUrl(), ...options })

describe('counting', () => {
  test('each timeline that the game reads counts once, and other reads do not', async () => {
    const { hearth, world } = openHearth()
    const worldId = fresh()
    await plantWorld(world, worldId)
    for (let i = 0; i < 3; i++) await hearth.timeline(worldId, 'c1')
    await hearth.timelines(worldId, ['c1', 'c2', 'c2'])
    await hearth.entity(worldId, { type: 'character', id: 'c0' })
    await hearth.flags(worldId)
    await expect(hearth.timeline(worldId, '')).rejects.toMatchObject({ code: 'InvalidInput' })
    await expect(hearth.timeline(worldId, 'c0', { limit: 0 })).rejects.toMatchObject({ code: 'InvalidInput' })
    await hearth.cache.readCounts.flush()
    expect(await hearth.cache.popularity.topScores(worldId, 10)).toEqual([
      { id: 'c1', score: 4 },
      { id: 'c2', score: 1 },
    ])
    expect(await hearth.cache.activeWorlds.has(worldId)).toBe(true)
  })

  test('a hearth that is not the game counts nothing', async () => {
    const { hearth, world } = openHearth({ readCounts: false })
    const worldId = fresh()
    await plantWorld(world, worldId)
    await hearth.timelines(worldId, ['c1', 'c2'])
    await hearth.cache.readCounts.flush()
    expect(await hearth.cache.popularity.top(worldId, 10)).toEqual([])
  })

  test('unsent counts are sent on closing; without Redis, counting costs no read and no error', async () => {
    const world = embeddedWorld()
    const worldId = fresh()
    await plantWorld(world, worldId)
    const hearth = openedHearth({ cache: ownDatabase(7), queue: redisUrl(), queuePrefix: fresh('q'), world })
    await hearth.timeline(worldId, 'c1')
    await hearth.close()
    expect(await openCache().popularity.top(worldId, 1)).toEqual(['c1'])

    const lost: number[] = []
    const observer = { countsLost: (reads: number) => lost.push(reads) }
    const alone = openedHearth({ cache: 'redis://127.0.0.1:1', world, observer, queue: redisUrl() })
    expect(await alone.timeline(worldId, 'c1')).toHaveLength(2)
    await alone.close()
    expect(lost).toEqual([1])
  })
})

describe('decay and pruning', () => {
  /** A world whose popularity was last decayed that long ago. */
  async function counted(scores: Record<string, number>, agoMs: number) {
    const cache = openCache()
    const worldId = fresh()
    await cache.popularity.add(worldId, new Map(Object.entries(scores)))
    await cache.redis.zadd(cache.keys.countedWorlds, Date.now() - agoMs, worldId)
    const scoresNow = async () =>
      Object.fromEntries((await cache.popularity.topScores(worldId, 100)).map(({ id, score }) => [id, score]))
    return { ...cache, worldId, scoresNow }
  }

  test('a score halves in a half-life, however many rounds were missed', async () => {
    const { popularity, scoresNow } = await counted({ c1: 80, c2: 8 }, 30_000)
    expect(await popularity.decay({ halfLifeMs: 10_000 })).toBeGreaterThanOrEqual(1)
    const scores = await scoresNow()
    expect(scores['c1']).toBeCloseTo(10, 0)
    expect(scores['c2']).toBeCloseTo(1, 1)
    await popularity.decay({ halfLifeMs: 10_000 }) // a moment later: it decays only by that moment
    expect((await scoresNow())['c1']).toBeGreaterThan(9)
  })

  test('entities below the floor are forgotten, and the least read if there are too many', async () => {
    const { popularity, scoresNow } = await counted({ a: 5, b: 4, c: 3, d: 0.05 }, 0)
    await popularity.prune({ least: 0.1, most: 2 })
    expect(await scoresNow()).toEqual({ a: 5, b: 4 })
  })

  test('a world with no entity left is no longer visited, until it is read again', async () => {
    const { popularity, redis, keys, worldId } = await counted({ a: 0.01 }, 0)
    await popularity.prune({ least: 0.1, most: 100 })
    expect(await redis.zscore(keys.countedWorlds, worldId)).toBeNull()
    await popularity.add(worldId, new Map([['a', 1]]))
    expect(await redis.zscore(keys.countedWorlds, worldId)).not.toBeNull()
  })

  test('many worlds are all visited once', async () => {
    const cache = openCache()
    const worlds = Array.from({ length: 130 }, () => fresh())
    const anHourAgo = Date.now() - hour
    for (const worldId of worlds) {
      await cache.popularity.add(worldId, new Map([['c1', 100]]))
      await cache.redis.zadd(cache.keys.countedWorlds, anHourAgo, worldId)
    }
    await cache.popularity.decay({ halfLifeMs: hour })
    for (const worldId of worlds) {
      const [only] = await cache.popularity.topScores(worldId, 1)
      expect(only?.score).toBeCloseTo(50, 0)
    }
  })
})

describe('active worlds', () => {
  const active = async (cache: ReturnType<typeof openCache>, idleMs = hour) => {
    const found: string[] = []
    for await (const page of cache.activeWorlds.pages(idleMs)) found.push(...page)
    return found
  }

  test('are those activated or read within the idle time, until they are deactivated', async () => {
    const cache = openCache()
    const [played, idle, left] = [fresh(), fresh(), fresh()]
    await cache.activeWorlds.touch(played)
    await cache.activeWorlds.touch(idle, Date.now() - 2 * hour)
    await cache.activeWorlds.touch(left, Date.now() - 10)
    await cache.activeWorlds.deactivate(left)
    const found = await active(cache)
    expect(found).toContain(played)
    expect(found).not.toContain(idle)
    expect(found).not.toContain(left)
    expect(await cache.activeWorlds.has(left)).toBe(false)
  })

  test('late counts of reads from before a deactivation do not undo it; later reads do', async () => {
    const { hearth, world } = openHearth()
    const worldId = fresh()
    await plantWorld(world, worldId)
    await hearth.timeline(worldId, 'c1')
    const readAt = Date.now()
    await expect.poll(() => Date.now()).toBeGreaterThan(readAt)
    expect(await hearth.deactivated(worldId)).toBe('deactivated')
    await hearth.cache.readCounts.flush()
    expect(await hearth.cache.activeWorlds.has(worldId)).toBe(false)
    const deactivatedAt = Date.now()
    await expect.poll(() => Date.now()).toBeGreaterThan(deactivatedAt)
    await hearth.timeline(worldId, 'c1')
    await hearth.cache.readCounts.flush()
    expect(await hearth.cache.activeWorlds.has(worldId)).toBe(true)
  })

  test('pages return all of many worlds', async () => {
    const cache = openCache()
    const worlds = Array.from({ length: 450 }, () => fresh())
    for (const worldId of worlds) await cache.activeWorlds.touch(worldId)
    expect(await active(cache)).toEqual(expect.arrayContaining(worlds))
  })

  test('worlds idle for long are forgotten', async () => {
    const cache = openCache()
    const worldId = fresh()
    await cache.activeWorlds.touch(worldId, Date.now() - 2 * hour)
    await cache.activeWorlds.prune(hour)
    expect(await cache.redis.zscore(cache.keys.activeWorlds, worldId)).toBeNull()
  })

  test('a deactivation without Redis is deferred', async () => {
    const hearth = openedHearth({ cache: 'redis://127.0.0.1:1', world: embeddedWorld(), queue: redisUrl() })
    onTestFinished(() => hearth.close())
    expect(await hearth.deactivated(fresh())).toBe('deferred')
  })
})

test('a round over worlds of 1,000 read entities each', async () => {
  expect(await refreshHuge({ url: ownDatabase(8), worlds: 20 })).toEqual({
    round: { worlds: 20, left: 0, looked: 4_000, due: 4_000 },
    decayed: 20,
    pruned: 10_000,
  })
})
