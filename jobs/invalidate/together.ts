import type { Cache } from '../../cache/cache.ts'
import type { Entry } from '../../cache/keys.ts'
import { createBatcher } from '../../resilience/batcher.ts'

/** Invalidates an entry unless its world's version has come as far as this one; null invalidates in any case. */
export type EnsureStale = (entry: Entry, version: number | null) => Promise<EnsuredStale>

export interface EnsuredStale {
  outcome: 'invalidated' | 'already'
  /** The most read entities of the world; empty where only values of the world itself were asked about. */
  popular: ReadonlySet<string>
}

interface Asked {
  entry: Entry
  version: number | null
}

/** Jobs of one world, with a version or without. */
interface Group {
  add(asked: readonly Asked[]): Promise<EnsuredStale[]>
  underWay: number
}

/** Entities among that many of the most read are loaded again at once. */
const popularEnough = 50

/**
 * Jobs of one world that run at a time are one call, since thousands of changes in a moment are mostly of few worlds.
 * Where the world has not come as far as the highest of their versions, all of the call's entries are invalidated: better
 * one miss too many than one change too few.
 */
export function createEnsureStale({ leases, popularity }: Pick<Cache, 'leases' | 'popularity'>): EnsureStale {
  const groups = new Map<string, Group>()

  function openGroup(key: string, worldId: string): Group {
    const { add } = createBatcher<Asked, EnsuredStale>({
      keyOf: ({ entry }) => entry.key,
      merge: (a, b) => ({ entry: a.entry, version: highest([a, b]) }),
      async send(asked) {
        const entries = asked.map(({ entry }) => entry)
        const isOfEntities = entries.some(({ kind }) => kind.per !== 'world')
        const [{ outcome }, popular] = await Promise.all([
          leases.invalidate(worldId, entries, { unlessVersion: highest(asked) }),
          isOfEntities ? popularity.top(worldId, popularEnough) : [],
        ])
        return { outcome, popular: new Set(popular) }
      },
    })
    const group: Group = { add, underWay: 0 }
    groups.set(key, group)
    return group
  }

  return async (entry, version) => {
    // Together with one that has none, a version would count for nothing.
    const key = `${version === null} ${entry.worldId}`
    const group = groups.get(key) ?? openGroup(key, entry.worldId)
    group.underWay += 1
    try {
      const [ensured] = await group.add([{ entry, version }])
      return ensured as EnsuredStale
    } finally {
      group.underWay -= 1
      if (group.underWay === 0) groups.delete(key)
    }
  }
}

const highest = (asked: readonly Asked[]): number | null =>
  asked.some(({ version }) => version === null)
    ? null
    : Math.max(...asked.map(({ version }) => version as number))
