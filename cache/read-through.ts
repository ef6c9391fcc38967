import { HearthError } from '../model/errors.ts'
import type { EarlyExpiry } from './early-expiry.ts'
import type { Fill, Filled } from './fill.ts'
import type { LoadMany } from './fill-request.ts'
import { type Found, foundIn } from './getter.ts'
import type { Entry } from './keys.ts'
import type { Leases } from './leases.ts'
import type { CacheObserver } from './observer.ts'
import type { UncachedReads } from './uncached-reads.ts'
import { corrupt, type Parse, withMissing } from './values.ts'

/**
 * The values of these entries of one kind and world, from what Redis has of them, and through a load of the rest; all of
 * them from the source where Redis fails.
 */
export type ReadThrough = <T>(
  entries: readonly Entry[],
  found: Promise<readonly Found<T>[]>,
  how: How<T>,
) => Promise<(T | null)[]>

interface How<T> {
  load: LoadMany<T>
  /** When the read began, by `performance.now()`. */
  startedAt: number
  /** Redis was not asked: it is likely to have none of them. */
  isGuess?: boolean
}

export interface ReadThroughDeps {
  leases: Pick<Leases, 'invalidate'>
  fill: Fill
  earlyExpiry: EarlyExpiry
  observer: CacheObserver
  /** Makes the values that are handed out of their text. */
  parse: Parse
  uncached: UncachedReads
  /** Called where an entry was thought to be missing, and is not. */
  onAlive(entry: Entry): void
  /** Called when Redis did not answer about this key. */
  suspect(key: string): void
  /** Whether Redis gets no more of a read's time than `patience`, or what its connection allows. */
  limited: boolean
  /** How long to wait for another process's load before loading without filling. Milliseconds. */
  waitMs: number
}

/** What Redis may take of a read's time, the load apart: with the GET 100 ms in all. Milliseconds. */
export const patience = { getMs: 50, leaseUntilMs: 70, leaseAtLeastMs: 10, fillMs: 20 }

export function createReadThrough(deps: ReadThroughDeps): ReadThrough {
  const { leases, fill, earlyExpiry, observer, parse, uncached, onAlive, suspect, limited, waitMs } = deps

  /** Undefined for what Redis does not have. A corrupt entry is removed, and counts as missing. */
  async function cached<T>(entries: readonly Entry[], values: readonly Found<T>[]) {
    const broken = entries.filter((_, i) => values[i] === corrupt)
    const [first] = broken
    if (first) {
      observer.corrupt(first.kind.name, broken.length)
      await leases.invalidate(first.worldId, broken)
    }
    return values.map(value => (value === corrupt ? undefined : value))
  }

  /** Through the cache; what cannot be had or handed out in this way is loaded beside it. */
  async function loaded<T>(entries: readonly Entry[], { load, startedAt, isGuess = false }: How<T>) {
    if (!isGuess) observer.miss(kindOf(entries).name, entries.length)
    const leaseMs = Math.max(patience.leaseAtLeastMs, startedAt + patience.leaseUntilMs - performance.now())
    const limits = limited ? { leaseMs, fillMs: patience.fillMs } : undefined
    const filled = await fill<T>({ entries, load, mode: 'read', by: 'read', waitMs, limits })
    if (isGuess) noteGuess(entries, filled)
    const values = filled.map((outcome, i) => {
      if (outcome.state === 'superseded' || outcome.state === 'held') return undefined
      const value = foundIn<T>(entries[i] as Entry, outcome.text, parse)
      return value === corrupt ? undefined : value
    })
    return withMissing(entries, values, missing => uncached.load(missing, load))
  }

  /** What another process has stored meanwhile was a hit, and brought its value with the answer about the lease. */
  function noteGuess(entries: readonly Entry[], filled: readonly Filled[]): void {
    const { name } = kindOf(entries)
    const alive = entries.filter((_, i) => filled[i]?.state === 'alive')
    alive.forEach(onAlive)
    if (alive.length > 0) observer.hit(name, alive.length, 'redis')
    if (alive.length < entries.length) observer.miss(name, entries.length - alive.length)
  }

  return async <T>(entries: readonly Entry[], found: Promise<readonly Found<T>[]>, how: How<T>) => {
    const { key, kind, worldId } = entries[0] as Entry
    const { load } = how
    try {
      const values = await cached<T>(entries, await found)
      const hits = values.filter(value => value !== undefined).length
      if (hits > 0) observer.hit(kind.name, hits, 'redis')
      entries.forEach((entry, i) => {
        if (values[i] != null) earlyExpiry.hit(entry, load)
      })
      const all = await withMissing(entries, values, missing => loaded(missing, how))
      const before = countOf(values)
      const after = countOf(all)
      if (after > 0) observer.readOf?.(worldId, before, after - before)
      return all
    } catch (error) {
      // No failure of Redis (either) fails a read: the source is asked, and the cache left alone.
      if (!(error instanceof HearthError && redisCodes.includes(error.code))) throw error
      if (error.code === 'CacheUnavailable') suspect(key)
      observer.bypassed(kind.name, entries.length)
      return uncached.load(entries, load)
    }
  }
}

const redisCodes: readonly string[] = ['CacheUnavailable', 'QueueUnavailable']

const kindOf = ([first]: readonly Entry[]) => (first as Entry).kind

const countOf = (values: readonly unknown[]): number => values.filter(value => value != null).length
