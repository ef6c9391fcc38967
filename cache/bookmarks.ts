import type { Keys } from './keys.ts'
import type { KnownBookmarks } from './known-bookmarks.ts'
import type { RunScript } from './script-calls.ts'
import { scriptAfter, scriptNamed } from './scripts.ts'

/** The bookmarks of worlds: those that this process knows, and those that Redis has for all processes. */
export interface Bookmarks extends Pick<KnownBookmarks, 'of' | 'note' | 'unsent'> {
  /** Sends what is not in Redis yet, where no invalidation does. Rejects with `CacheUnavailable`. */
  share(worldId: string, options?: { limitMs?: number }): Promise<void>
  /**
   * A load of the world after `awaited` was answered, and `reached` names all of that: it takes their place in Redis, so
   * that those of a world stay few. Not waited for, since it only spares later loads something.
   */
  reached(worldId: string, awaited: readonly string[], reached: readonly string[]): void
}

interface BookmarksDeps {
  keys: Keys
  known: KnownBookmarks
  run: RunScript
}

const shareScript = scriptAfter('share-bookmarks', 'keep-bookmarks')
const mergeScript = scriptNamed('merge-bookmarks')

export function createBookmarks({ keys, known, run }: BookmarksDeps): Bookmarks {
  const merging = new Set<string>()
  return {
    of: known.of,
    note: known.note,
    unsent: known.unsent,

    async share(worldId, { limitMs } = {}) {
      const unsent = known.unsent(worldId)
      if (unsent.length === 0) return
      await run(shareScript, [keys.bookmarks(worldId)], { args: [...unsent], limitMs })
      known.sent(worldId, unsent)
    },

    reached(worldId, awaited, reached) {
      if (awaited.length < 2 || reached.length === 0 || merging.has(worldId)) return
      merging.add(worldId)
      run(mergeScript, [keys.bookmarks(worldId)], { args: [reached.length, ...reached, ...awaited] })
        .catch(() => {})
        .finally(() => merging.delete(worldId))
    },
  }
}
