import type { Cache } from './cache.ts'
import { countEntries } from './census.ts'

export interface WarmShare {
  /** Entries of values that are there, at most as many as expected of each world. */
  present: number
  expected: number
}

/** Worlds that are looked at, the latest first, and after how many entries that they are to have no other is counted. */
const [maxWorlds, maxEntries] = [50, 20_000]

/** How warm the active worlds are that have been warmed before; null where there is none. Throws `CacheUnavailable`. */
export async function warmShare(
  { redis, keys, walk, activeWorlds, expectedEntries }: Cache,
  idleMs: number,
): Promise<WarmShare | null> {
  const share = { present: 0, expected: 0 }
  for await (const page of activeWorlds.pages(idleMs)) {
    for (const worldId of page.slice(0, maxWorlds)) {
      const expected = await expectedEntries.of(worldId)
      if (expected === null || expected === 0) continue
      share.present += Math.min(expected, await countEntries({ redis, keys, walk }, worldId))
      share.expected += expected
      if (share.expected >= maxEntries) return share
    }
    break // the latest are on the first page
  }
  return share.expected === 0 ? null : share
}
