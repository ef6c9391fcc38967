import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { OpenedHearth } from '../../tools/opened-hearth.ts'
import type { World } from '../../world/world.ts'
import { kinds } from '../support/kinds.ts'
import { fresh, openHearth, plantWorld } from '../support/setup.ts'

/** The usual TTL of a timeline; in these tests the expiry is near from the beginning. */
const lifeMs = 60_000
const loadMs = 20

/** Hearths of one world whose timelines take a while to load. */
async function openHearths(processes: number) {
  const lives = { kindsMs: { timeline: lifeMs }, jitter: 0 }
  const misses: string[] = []
  const prefix = fresh('q')
  const worldId = fresh()
  const first = openHearth({ queuePrefix: prefix })
  await plantWorld(first.world, worldId, { entities: 30 })
  const world: World = {
    ...first.world,
    async timelines(id, ids, limit) {
      await sleep(loadMs)
      return first.world.timelines(id, ids, limit)
    },
  }
  const hearths = Array.from({ length: processes }, () => {
    const observer = { miss: (kind: string) => void misses.push(kind) }
    return openHearth({ world, observer, lives }).hearth
  })
  await Promise.all(hearths.map(hearth => hearth.cache.ping()))

  /**
   * Fills these timelines from another process, with this TTL. Returns when they would expire, by `performance.now()`.
   */
  async function plantDying(ids: readonly string[], leftMs: number): Promise<number> {
    const { cache, timelines } = openHearth({ world, lives }).hearth
    await timelines(worldId, ids)
    for (const id of ids) await cache.redis.pexpire(cache.keys.entry(kinds.timeline, worldId, id).key, leftMs)
    misses.length = 0
    return performance.now() + leftMs
  }
  return { worldId, hearths, misses, plantDying, loads: () => first.world.loadsOf('timelines') }
}

test('1,000 readers of one timeline at its expiry: none waits for a load, and one of them loads', async () => {
  const { worldId, hearths, misses, plantDying, loads } = await openHearths(2)
  const endsAt = await plantDying(['c1'], 2_000)
  let reads = 0
  const reader = async (i: number) => {
    while (performance.now() < endsAt + 500) {
      await sleep(Math.random() * 800) // a thousand in one turn of a busy machine would exceed the limit of a GET
      expect(await hearths[i % hearths.length]?.timeline(worldId, 'c1')).toHaveLength(2)
      reads += 1
    }
  }
  await Promise.all(Array.from({ length: 1_000 }, (_, i) => reader(i)))
  console.log(`${reads} reads, ${loads()} loads, ${misses.length} misses`)
  expect(misses).toEqual([])
  expect(loads(), 'the first, and one more, not one a process or a reader').toBe(2)
})

test('batches keep the entries that they read warm, too', async () => {
  const { worldId, hearths, misses, plantDying, loads } = await openHearths(1)
  const ids = ['c1', 'c2', 'c3']
  const endsAt = await plantDying(ids, 1_500)
  const reader = async () => {
    while (performance.now() < endsAt + 500) await hearths[0]?.timelines(worldId, ids)
  }
  await Promise.all(Array.from({ length: 20 }, reader))
  expect(misses).toEqual([])
  expect(loads()).toBe(4)
})

test('an entry that is read only long before its expiry is not refreshed, and expires', async () => {
  const { worldId, hearths, plantDying, loads } = await openHearths(1)
  const { cache, timeline } = hearths[0] as OpenedHearth
  await plantDying(['c1'], 30_000)
  for (let i = 0; i < 100; i++) await timeline(worldId, 'c1')
  const { key } = cache.keys.entry(kinds.timeline, worldId, 'c1')
  expect(loads()).toBe(1)
  expect(await cache.redis.pttl(key)).toBeLessThan(30_000)
})
