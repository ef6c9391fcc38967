import { union } from 'es-toolkit'
import type { Item, Kind } from '../model/kind.ts'
import type { LoadAfter, PendingReader, Source } from '../model/source.ts'
import type { World } from './world.ts'

/**
 * Loads these entries in one go, in their order; null for what does not exist. `unstored`: the values will be handed out
 * and not stored, so that they may be the best there is. `bookmarks`: what came with the leases, where there are any.
 */
export type Load<T> = (
  entries: readonly { readonly item: Item }[],
  options?: { unstored?: boolean; bookmarks?: readonly string[] },
) => Promise<(T | null)[]>

/** How entries of any kind are loaded from the source. */
export interface Loads {
  of<T>(kind: Kind<T>, worldId: string): Load<T>
}

export interface LoadsDeps {
  world: World
  topK: number
  pending: PendingReader
  /** The bookmarks of worlds as this process knows them; default: none. */
  bookmarks?: LoadBookmarks
}

export interface LoadBookmarks {
  of(worldId: string): readonly string[]
  /** A load that waited for these was answered, with bookmarks that name as much. */
  reached(worldId: string, awaited: readonly string[], reached: readonly string[]): void
}

export function createLoads({ world, topK, pending, bookmarks: known }: LoadsDeps): Loads {
  /** The world, whose loads have what came with the leases, and what this process knows beside. */
  function sourceOf(worldId: string, leased: readonly string[]): Source {
    const bookmarks = union(leased, known?.of(worldId) ?? [])
    if (bookmarks.length === 0) return world
    return sourceAfter(world, {
      bookmarks,
      onReached: reached => known?.reached(worldId, bookmarks, reached),
    })
  }

  return {
    of:
      (kind, worldId) =>
      (entries, { unstored = false, bookmarks = [] } = {}) =>
        kind.load(
          sourceOf(worldId, bookmarks),
          worldId,
          entries.map(({ item }) => item),
          { topK, pending, unstored },
        ),
  }
}

/** The source as a kind's own `load` may call it, which need not know of bookmarks. */
const sourceAfter = (source: Source, after: LoadAfter): Source => ({
  flags: worldId => source.flags(worldId, after),
  snapshot: worldId => source.snapshot(worldId, after),
  entities: (worldId, refs) => source.entities(worldId, refs, after),
  timelines: (worldId, entityIds, limit) => source.timelines(worldId, entityIds, limit, after),
  query: (kind, worldId, items) => source.query(kind, worldId, items, after),
  passing: (kind, worldId, found) => source.passing(kind, worldId, found, after),
})
