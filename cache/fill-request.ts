import type { Entry } from './keys.ts'
import type { LeaseMode } from './leases.ts'
import type { FilledBy } from './observer.ts'

/**
 * Loads entries of one kind and one world in one go, in their order; null for what the source does not have. What it
 * throws, the read throws; but after a `QueueUnavailable` it is asked again for values that are `unstored`: handed out,
 * and not put into Redis. `bookmarks`: those that came with the leases, which the values must have.
 */
export type LoadMany<T> = (
  entries: readonly Entry[],
  options?: { unstored?: boolean; bookmarks?: readonly string[] },
) => Promise<(T | null)[]>

/** Entries of one kind and one world to be brought into the cache, and how to load them. */
export interface FillRequest<T> {
  readonly entries: readonly Entry[]
  readonly load: LoadMany<T>
  readonly mode: LeaseMode
  /** In mode `renew`: leaves alone what has as long to live. Milliseconds. */
  readonly unlessTtlMs?: number | undefined
  readonly by: FilledBy
  /** How long to wait for another process's load before giving up with `held`. Milliseconds. */
  readonly waitMs: number
  /**
   * How many entries are loaded in one go: while the values of one part are made text and stored, the next part is being
   * loaded. Default: all. For warming, so that neither the source nor Redis waits for the other.
   */
  readonly partSize?: number | undefined
  /** How long Redis may take for the lease and for the fill. Default: what its connection allows. Milliseconds. */
  readonly limits?: { leaseMs: number; fillMs: number } | undefined
}
