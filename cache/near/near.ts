import type { Entry } from '../keys.ts'
import type { CacheObserver } from '../observer.ts'
import type { CacheRedis } from '../scripts.ts'
import { createFences, type Fences } from './fences.ts'
import type { NearStats } from './near-state.ts'
import { createNearStore, type NearStore } from './near-store.ts'
import { selfTest } from './self-test.ts'
import { openTracked } from './tracked-connection.ts'
import { createTracking, type Tracking } from './tracking.ts'

export interface NearOptions {
  /** How much may be near: the bytes of JSON text, and 500 for each entry. Default 64,000,000. */
  maxBytes?: number
  /**
   * How old an answer may be: a read waits for no fence while the last one was sent no longer ago than this. 0, the
   * default: every read is as fresh as a GET. Milliseconds.
   */
  maxStaleMs?: number
}

export const defaultNearBytes = 64_000_000

/** The cache's first level: in the process's memory, and never older than a GET would be. See docs/near.md. */
export interface Near {
  readonly store: NearStore
  readonly fences: Fences
  readonly tracking: Tracking
  /** How old the answer to a read that does not say it may be. Milliseconds. */
  readonly maxStaleMs: number
  readonly stats: NearStats
  /** This process has changed these entries, or is about to. */
  drop(entries: readonly Entry[]): void
  /** What is near is not known to be as Redis has it: the connection was lost, or Redis is not trusted. */
  clear(): void
  close(): void
}

export interface NearDeps {
  options: NearOptions
  /** The connection of reads, whose server is read from. */
  reads: CacheRedis
  /** How long Redis may take to answer. Milliseconds. */
  limitMs: number
  observer: Pick<CacheObserver, 'nearIs' | 'fence'>
}

/** What each rule of the protocol is made of: tests put a broken one in place of each. */
export const nearParts = { createNearStore, createFences, openTracked, selfTest }

export type NearParts = typeof nearParts

export function createNear(deps: NearDeps, parts: NearParts = nearParts): Near {
  const { options, reads, limitMs, observer } = deps
  const { maxBytes = defaultNearBytes, maxStaleMs = 0 } = options
  const store = parts.createNearStore(maxBytes)
  const done = { invalidations: 0, fences: 0, lost: 0 }
  function clear(): void {
    done.lost += 1
    store.clear()
  }

  const tracking = createTracking({
    openTracked: parts.openTracked,
    selfTest: parts.selfTest,
    reads,
    limitMs,
    onLost: clear,
    onInvalidated(key) {
      done.invalidations += 1
      if (key === null) clear()
      else store.drop(key)
    },
    onState: (state, reason) => observer.nearIs?.(state, reason),
  })
  const fences = parts.createFences({
    send: async () => (await tracking.connection?.fence()) ?? false,
    onPassed(seconds) {
      done.fences += 1
      observer.fence?.(seconds)
    },
  })

  return {
    store,
    fences,
    tracking,
    maxStaleMs,
    get stats() {
      return {
        state: tracking.state,
        reason: tracking.reason,
        bytes: store.bytes,
        entries: store.entries,
        evictions: store.evictions,
        ...done,
      }
    },
    drop(entries) {
      for (const { key } of entries) store.drop(key)
    },
    clear,
    close() {
      tracking.close()
      store.clear()
    },
  }
}
