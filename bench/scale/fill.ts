import { chunk } from 'es-toolkit'
import type { Cache } from '../../cache/cache.ts'
import { evaluate, script, scriptOf } from '../../resilience/lua-script.ts'
import { kinds } from '../kinds.ts'

/** Longer than the benchmark, so that no entry ends in it. Milliseconds. */
const lifeMs = 3_600_000
/** Of a read every ten seconds, with the half-life of ten minutes. */
const score = 87
const value = JSON.stringify([{ event_id: 'e1', title: 'x'.repeat(60) }])
const worldsAtOnce = 50

const fillScript = scriptOf(
  new URL('../../cache/lua/index.lua', import.meta.url),
  new URL('./fill.lua', import.meta.url),
)
/** KEYS: entries of a world; ARGV[1]: which world; gives them lives that are spread evenly from 31 s to 600 s. */
const spreadScript = script(`
  for i = 1, #KEYS do
    local place = (i * 37 + ARGV[1]) % #KEYS / #KEYS
    redis.call('PEXPIRE', KEYS[i], math.floor(31000 + 569000 * place))
  end
`)

const keysOf = ({ keys }: Pick<Cache, 'keys'>, worldId: string, ids: readonly string[]): string[] =>
  ids.map(id => keys.entry(kinds.timeline, worldId, id).key)

/** Active worlds, each with as many popular timelines, which are in its index as after any fill. */
export async function fillWorlds(cache: Cache, worldIds: readonly string[], ids: readonly string[]) {
  const { redis, keys } = cache
  const scores = ids.flatMap(id => [score, id])
  for (const batch of chunk(worldIds, worldsAtOnce)) {
    const now = Date.now()
    await Promise.all([
      ...batch.map(worldId =>
        evaluate(redis, fillScript, {
          keys: [keys.index(worldId), ...keysOf(cache, worldId, ids)],
          args: [value, lifeMs],
        }),
      ),
      ...batch.map(worldId => redis.zadd(keys.popularity(worldId), ...scores)),
      redis.zadd(keys.activeWorlds, ...batch.flatMap(worldId => [now, worldId])),
    ])
  }
}

/** The lives of entries as they are before each round, where all are renewed in time: some 6 % are due. */
export async function spreadLives(
  cache: Cache,
  worldIds: readonly string[],
  ids: readonly string[],
): Promise<void> {
  for (const [i, batch] of chunk(worldIds, worldsAtOnce).entries()) {
    await Promise.all(
      batch.map((worldId, j) =>
        evaluate(cache.redis, spreadScript, {
          keys: keysOf(cache, worldId, ids),
          args: [i * worldsAtOnce + j],
        }),
      ),
    )
  }
}
