import { LRUCache } from 'lru-cache'
import type { Kind } from '../model/kind.ts'
import type { Entry } from './keys.ts'

/** When entries end, as far as this process knows, and how long they take to load. */
export interface KnownTtls {
  /** How long the entry has to live. Milliseconds; Infinity means for ever. */
  stored(entry: Entry, ttlMs: number): void
  /** How long a load of this kind took, from its lease to its fill. Milliseconds. */
  took(kind: Kind, ms: number): void
  /** This process has invalidated these entries. */
  invalidated(entries: readonly Entry[]): void
  /** Another process has stored it meanwhile. */
  forget(key: string): void
  /** How long the entry of this key still has; undefined where that is not known. Milliseconds, below 0 when it is over. */
  ttlMs(key: string): number | undefined
  /** How long a load of this kind takes, the last ones counting most. Milliseconds. */
  costMs(kind: Kind): number
}

/** Entries. What is not read often falls out, and need not be known. */
const maxKnown = 20_000
/** How much the last load counts. */
const newestShare = 1 / 8

export function createKnownTtls(): KnownTtls {
  const ends = new LRUCache<string, number>({ max: maxKnown }) // by performance.now(), which no setting of the clock disturbs
  const costs = new Map<Kind, number>()
  return {
    stored({ key }, ttlMs) {
      if (ttlMs < Number.POSITIVE_INFINITY) ends.set(key, performance.now() + ttlMs)
    },
    took(kind, ms) {
      const before = costs.get(kind) ?? ms
      costs.set(kind, before + (ms - before) * newestShare)
    },
    invalidated(entries) {
      for (const { key } of entries) if (ends.has(key)) ends.set(key, 0) // what is not read here need not be known
    },
    forget: key => void ends.delete(key),
    ttlMs(key) {
      const end = ends.get(key)
      return end === undefined ? undefined : end - performance.now()
    },
    costMs: kind => costs.get(kind) ?? 0,
  }
}
