import { typesOf } from '../model/kind.ts'
import type { Target } from '../model/world-data.ts'
import type { Keys } from './keys.ts'
import { isAbsence, sizesOf } from './presence.ts'
import { asked, askedOfOurs, type CacheRedis, scored } from './scripts.ts'

interface Deps {
  redis: CacheRedis
  keys: Keys
}

/** The worlds that were last activated or read, the latest first, and when (ms since 1970). */
export async function latestWorlds(
  { redis, keys }: Deps,
  count: number,
  from = 0,
): Promise<[worldId: string, at: number][]> {
  const key = keys.activeWorlds
  const flat = await askedOfOurs(redis, key, () => redis.zrevrange(key, from, from + count - 1, 'WITHSCORES'))
  return scored(flat).map(({ id, score }) => [id, score])
}

/** When a world was last activated or read, in ms since 1970; null where that was not in the last day. */
export async function lastActiveOf({ redis, keys }: Deps, worldId: string): Promise<number | null> {
  const at = await askedOfOurs(redis, keys.activeWorlds, key => redis.zscore(key, worldId))
  return at === null ? null : Number(at)
}

/** How many worlds were activated or read in the last day. */
export const countWorlds = ({ redis, keys }: Deps): Promise<number> =>
  askedOfOurs(redis, keys.activeWorlds, key => redis.zcard(key))

/** Whether the cache knows of such a world: it was played in the last day, or something of it was stored or changed. */
export async function isKnownWorld({ redis, keys }: Deps, worldId: string): Promise<boolean> {
  const [playedAt, kept] = await Promise.all([
    askedOfOurs(redis, keys.activeWorlds, key => redis.zscore(key, worldId)),
    asked(redis.exists(keys.version(worldId), keys.index(worldId), keys.expectedEntries(worldId))),
  ])
  return playedAt !== null || kept > 0
}

/** A world that has an entity in the cache: as what, and its entries. */
export interface EntityFound {
  worldId: string
  what: string
  targets: Target[]
}

/** Which of these worlds have an entity of this id in the cache, and as what. One that is known to be missing has none. */
export async function worldsWithEntity(
  { redis, keys }: Deps,
  worldIds: readonly string[],
  id: string,
): Promise<EntityFound[]> {
  const found = await asked(
    Promise.all(
      worldIds.map(async worldId => {
        const places = entriesOfEntity(keys, worldId, id)
        const sizes = await sizesOf(
          redis,
          places.map(({ key }) => key),
        )
        const present = places.filter((_, i) => (sizes[i] ?? 0) > 0 && !isAbsence(sizes[i] ?? 0))
        return {
          worldId,
          what: present.map(({ noun }) => noun).join(', '),
          targets: present.map(({ target }) => target),
        }
      }),
    ),
  )
  return found.filter(({ what }) => what !== '')
}

/** Every entry that an entity of this id can have, whatever its type, and what that is in words. */
const entriesOfEntity = (keys: Keys, worldId: string, id: string) =>
  keys.kinds.all
    .filter(({ per }) => per !== 'world')
    .flatMap(kind =>
      typesOf(kind).map(type => {
        const item = type === undefined ? id : { type, id }
        const { key } = keys.entry(kind, worldId, item)
        return { key, noun: kind.noun(type), target: keys.kinds.targetOf(kind, item) }
      }),
    )
