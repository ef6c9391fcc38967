import { LRUCache } from 'lru-cache'
import type { Entry } from './keys.ts'

/** Whether the last reads of a kind of a world all missed, so that the next one is likely to miss, too. */
export interface MissStreaks {
  hit(entry: Entry): void
  missed(entry: Entry): void
  isCold(entry: Entry): boolean
}

/** Where half of a world is warm, one read in 16 follows as many misses. */
const coldAfter = 4
/** Worlds of a kind in which a read has missed a moment ago. */
const maxWorlds = 1_000

export function createMissStreaks(): MissStreaks {
  const missesOf = new Map<Entry['kind'], LRUCache<string, number>>()

  return {
    hit: ({ kind, worldId }) => void missesOf.get(kind)?.delete(worldId),
    missed({ kind, worldId }) {
      const misses = missesOf.get(kind) ?? new LRUCache<string, number>({ max: maxWorlds })
      missesOf.set(kind, misses)
      misses.set(worldId, (misses.get(worldId) ?? 0) + 1)
    },
    isCold: ({ kind, worldId }) => (missesOf.get(kind)?.get(worldId) ?? 0) >= coldAfter,
  }
}
