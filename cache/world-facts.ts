import type { Keys } from './keys.ts'
import { asked, type CacheRedis } from './scripts.ts'
import { isAbsence, sizesOf } from './sizes.ts'

/** What the cache knows of a world without walking through it. */
export interface WorldFacts {
  worldId: string
  version: number | null
  /** Entries it has when it is wholly warm; null for one that was never warmed. */
  due: number | null
  popular: PopularEntity[]
}

export interface PopularEntity {
  id: string
  /** How often its timeline is read; it decays. */
  score: number
  /** How long its timeline stays warm, in milliseconds; null where it is not. */
  ttlMs: number | null
}

interface Deps {
  redis: CacheRedis
  keys: Keys
}

/** The worlds that were last activated or read, the latest first, and when (ms since 1970). */
export async function latestWorlds(
  { redis, keys }: Deps,
  count: number,
): Promise<[worldId: string, at: number][]> {
  const flat = await asked(redis.zrevrange(keys.activeWorlds, 0, count - 1, 'WITHSCORES'))
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] ?? '', Number(flat[2 * i + 1])])
}

/** Two rounds of commands, sent together, whatever the number of worlds. Throws `CacheUnavailable`. */
export async function worldFacts(
  { redis, keys }: Deps,
  worldIds: readonly string[],
  { popular }: { popular: number },
): Promise<WorldFacts[]> {
  const facts = await asked(
    Promise.all(
      worldIds.map(worldId =>
        Promise.all([
          redis.get(keys.version(worldId)),
          redis.get(keys.due(worldId)),
          redis.zrevrange(keys.popularity(worldId), 0, popular - 1, 'WITHSCORES'),
        ]),
      ),
    ),
  )
  return asked(
    Promise.all(
      facts.map(async ([version, due, flat], i) => {
        const worldId = worldIds[i] ?? ''
        const ids = flat.filter((_, at) => at % 2 === 0)
        const timelines = ids.map(id => keys.timeline(worldId, id).key)
        const [sizes, lives] = await Promise.all([
          sizesOf(redis, timelines),
          Promise.all(timelines.map(key => redis.pttl(key))),
        ])
        return {
          worldId,
          version: version === null ? null : Number(version),
          due: due === null ? null : Number(due),
          popular: ids.map((id, at) => {
            const life = lives[at] ?? -2
            const isCold = life < 0 || isAbsence(sizes[at] ?? 0)
            return { id, score: Number(flat[2 * at + 1]), ttlMs: isCold ? null : life }
          }),
        }
      }),
    ),
  )
}

/** Which of these worlds have an entity of this id in the cache, and as what. One that is known to be missing has none. */
export async function worldsWithEntity(
  { redis, keys }: Deps,
  worldIds: readonly string[],
  id: string,
): Promise<{ worldId: string; what: string }[]> {
  const found = await asked(
    Promise.all(
      worldIds.map(async worldId => {
        const places = {
          character: keys.entity(worldId, { type: 'character', id }).key,
          location: keys.entity(worldId, { type: 'location', id }).key,
          object: keys.entity(worldId, { type: 'object', id }).key,
          timeline: keys.timeline(worldId, id).key,
        }
        const sizes = await sizesOf(redis, Object.values(places))
        const what = Object.keys(places).filter((_, i) => (sizes[i] ?? 0) > 0 && !isAbsence(sizes[i] ?? 0))
        return { worldId, what: what.join(', ') }
      }),
    ),
  )
  return found.filter(({ what }) => what !== '')
}
