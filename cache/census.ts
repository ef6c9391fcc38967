import type { Keys } from './keys.ts'
import { isAbsence, sizesOf } from './presence.ts'
import type { CacheRedis } from './scripts.ts'
import type { WorldWalk } from './world-walk.ts'

/**
 * How many entries of values that exist a world has in the cache: what is remembered as missing is none. It goes through
 * the world's index in pages, so it costs by the size of the world and never blocks Redis. For a day after an upgrade from
 * a version without indexes, entries that processes of that version store are not counted. Throws `CacheUnavailable`.
 */
export async function countEntries(
  { redis, keys, walk }: { redis: CacheRedis; keys: Keys; walk: Pick<WorldWalk, 'indexed'> },
  worldId: string,
): Promise<number> {
  const present = new Set<string>() // a page may repeat what an earlier one had
  for await (const targets of walk.indexed(worldId)) {
    const names = targets.map(target => keys.entryOf(worldId, target).key)
    const sizes = await sizesOf(redis, names)
    names.forEach((name, i) => {
      const bytes = sizes[i] ?? 0
      if (bytes > 0 && !isAbsence(bytes)) present.add(name)
    })
  }
  return present.size
}
