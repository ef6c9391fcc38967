import { chunk } from 'es-toolkit'
import type { Cache } from '../../cache/cache.ts'
import { evaluate, scriptOf } from '../../resilience/lua-script.ts'
import { kinds } from '../kinds.ts'

/** Longer than the benchmark, so that no entry ends in it. Milliseconds. */
const lifeMs = 3_600_000
/** Of a steady rate of one read in ten seconds, with the half-life of ten minutes. */
const score = 87
const value = JSON.stringify([{ event_id: 'e1', title: 'x'.repeat(60) }])
/** How many worlds are filled in one go. */
const worldsAtOnce = 50

const fillScript = scriptOf(
  new URL('../../cache/lua/index.lua', import.meta.url),
  new URL('./fill.lua', import.meta.url),
)

export const worldIdOf = (at: number): string => `bench-${at}`
export const entityIds = (count: number): string[] => Array.from({ length: count }, (_, i) => `c${i}`)

/** Active worlds, each with as many popular timelines, which their indexes have as after any fill. */
export async function fillWorlds(cache: Cache, worldIds: readonly string[], ids: readonly string[]) {
  const { redis, keys } = cache
  const scores = ids.flatMap(id => [score, id])
  for (const batch of chunk(worldIds, worldsAtOnce)) {
    const now = Date.now()
    await Promise.all([
      ...batch.map(worldId => fillWorld(cache, worldId, ids)),
      ...batch.map(worldId => redis.zadd(keys.popularity(worldId), ...scores)),
      redis.zadd(keys.activeWorlds, ...batch.flatMap(worldId => [now, worldId])),
      redis.zadd(keys.countedWorlds, ...batch.flatMap(worldId => [now, worldId])),
    ])
  }
}

const fillWorld = ({ redis, keys }: Cache, worldId: string, ids: readonly string[]) =>
  evaluate(redis, fillScript, {
    keys: [keys.index(worldId), ...ids.map(id => keys.entry(kinds.timeline, worldId, id).key)],
    args: [value, lifeMs],
  })
