import { difference, union } from 'es-toolkit'
import { LRUCache } from 'lru-cache'

/**
 * The bookmarks of worlds as this process knows them: what it learned of commits, and what Redis had of other processes'
 * when it last took a lease. A bookmark is the source's own text for a commit; only the source can compare two.
 */
export interface KnownBookmarks {
  /** What a load of the world must have, as far as this process knows. */
  of(worldId: string): readonly string[]
  /** Of commits that this process has learned of. They go to Redis with the next invalidation of the world. */
  note(worldId: string, bookmarks: readonly string[]): void
  /** Those that are not in Redis yet. */
  unsent(worldId: string): readonly string[]
  /** These are in Redis now. */
  sent(worldId: string, bookmarks: readonly string[]): void
  /** All that Redis has of the world. */
  seen(worldId: string, bookmarks: readonly string[]): void
}

interface Known {
  unsent: readonly string[]
  shared: readonly string[]
}

const maxWorlds = 10_000
/** Of one world. A fourth of what Redis keeps (keep-bookmarks.lua), so that one process does not displace all others'. */
const maxUnsent = 50
const maxShared = 200

const none: Known = { unsent: [], shared: [] }

export function createKnownBookmarks(): KnownBookmarks {
  const worlds = new LRUCache<string, Known>({ max: maxWorlds })
  const knownOf = (worldId: string): Known => worlds.get(worldId) ?? none

  function set(worldId: string, known: Known): void {
    if (known.unsent.length === 0 && known.shared.length === 0) worlds.delete(worldId)
    else worlds.set(worldId, known)
  }

  return {
    of(worldId) {
      const { unsent, shared } = knownOf(worldId)
      return unsent.length === 0 ? shared : union(shared, unsent)
    },
    note(worldId, bookmarks) {
      if (bookmarks.length === 0) return
      const { unsent, shared } = knownOf(worldId)
      set(worldId, { unsent: union(difference(unsent, bookmarks), bookmarks).slice(-maxUnsent), shared })
    },
    unsent: worldId => knownOf(worldId).unsent,
    sent(worldId, bookmarks) {
      if (bookmarks.length === 0) return
      const { unsent, shared } = knownOf(worldId)
      set(worldId, {
        unsent: difference(unsent, bookmarks),
        shared: union(shared, bookmarks).slice(-maxShared),
      })
    },
    seen: (worldId, shared) => set(worldId, { unsent: knownOf(worldId).unsent, shared }),
  }
}
