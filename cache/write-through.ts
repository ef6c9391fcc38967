import { HearthError } from '../model/errors.ts'
import { jsonText } from '../model/json.ts'
import type { Bookmarks } from './bookmarks.ts'
import type { Entry } from './keys.ts'
import type { Leases } from './leases.ts'

/**
 * Writes through: the source first, then the cache.
 * `commit` writes to the source and calls `beforeCommit` when nothing but its commit is left to do; from then on no
 * other caller can fill the entry. Then the value that it returns is stored. A crash at any point leaves a miss.
 */
export type WriteThrough = <T>(
  entry: Entry,
  commit: (beforeCommit: () => Promise<void>) => Promise<T>,
) => Promise<Written>

export interface Written {
  /** What was written, as JSON text. */
  text: string
  /** `deferred`: Redis was away, so the entry may be stale until the change is relayed. */
  cache: 'stored' | 'invalidated' | 'deferred'
}

interface WriteThroughDeps {
  leases: Leases
  bookmarks: Pick<Bookmarks, 'share'>
  /** Hears of entries after their truth may have changed. */
  onWrite(entry: Entry): void
}

export function createWriteThrough({ leases, bookmarks, onWrite }: WriteThroughDeps): WriteThrough {
  async function afterCommit(
    entry: Entry,
    token: string | undefined,
    text: string,
  ): Promise<Written['cache']> {
    const fill = { entry, value: text, ttl: 'ever' } as const
    const raising = { ...answer, raises: entry.worldId }
    if (token !== undefined) {
      const sharing = bookmarks.share(entry.worldId, answer) // in the same round trip
      const [[stored]] = await Promise.all([leases.fill(token, [fill], raising), sharing])
      if (stored) return 'stored'
    }
    // A refused fill: another write or change came between, and may have been the older one.
    await leases.invalidate(entry.worldId, [entry], answer)
    return 'invalidated'
  }

  return async (entry, commit) => {
    let token: string | undefined
    const committing = commit(async () => {
      token = await orUndefined(leases.take([entry], 'seize', answer).then(taken => taken.token))
    })
    const written = await committing.finally(() => onWrite(entry)) // also where it is not known what became of it
    const text = jsonText(written)
    const cache = (await orUndefined(afterCommit(entry, token, text))) ?? 'deferred'
    return { text, cache }
  }
}

/** Redis must not hold up a transaction. */
const answer = { limitMs: 100 }

/** Redis being away must not stop a write: its change is recorded in the outbox, and will be relayed. */
async function orUndefined<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking
  } catch (error) {
    if (error instanceof HearthError && error.code === 'CacheUnavailable') return undefined
    throw error
  }
}
