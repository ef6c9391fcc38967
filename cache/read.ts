import type { LoadMany } from './fill-request.ts'
import type { Found, Getter } from './getter.ts'
import type { Entry } from './keys.ts'
import { timedHits } from './observer.ts'
import type { Quarantine } from './quarantine.ts'
import { createReadThrough, type ReadThroughDeps } from './read-through.ts'
import { asked } from './scripts.ts'
import type { Shards } from './shards.ts'
import { createUncachedReads, type UncachedReadsDeps } from './uncached-reads.ts'
import { corrupt } from './values.ts'

/**
 * Reads entries: from Redis where they are warm, through one load for the whole fleet where they are not. `unanswered`: why
 * Redis has just not answered this reader, so that it is not asked again.
 */
export interface Read {
  /** One entry: one GET when it is warm. */
  one<T>(entry: Entry, load: LoadMany<T>, unanswered?: Error): Promise<T | null>
  /** Entries of one kind and one world: one MGET, and one load for all that it missed. */
  many<T>(entries: readonly Entry[], load: LoadMany<T>, unanswered?: Error): Promise<(T | null)[]>
}

export interface ReadDeps extends Omit<ReadThroughDeps, 'uncached'>, UncachedReadsDeps {
  getter: Getter
  quarantine: Pick<Quarantine, 'any' | 'has'>
  cacheState: Pick<Shards, 'trusts'>
}

export function createRead(deps: ReadDeps): Read {
  const { getter, earlyExpiry, quarantine, cacheState, observer } = deps
  const uncached = createUncachedReads(deps)
  const readThrough = createReadThrough({ ...deps, uncached })
  let reads = 0

  return {
    async one<T>(entry: Entry, load: LoadMany<T>, unanswered?: Error): Promise<T | null> {
      if (!cacheState.trusts(entry.key) || quarantine.has(entry)) {
        return first(await uncached.bypass([entry], load))
      }
      const startedAt = performance.now()
      const isTimed = ++reads % timedHits === 0
      const getting: Promise<Found<T>> = unanswered ? Promise.reject(unanswered) : getter.one(entry, load)
      const value: Found<T> = await getting.catch((): Found<T> => corrupt) // what went wrong is met again below
      if (value !== undefined && value !== corrupt) {
        observer.hit(entry.kind.name, 1, 'redis')
        if (isTimed) observer.read?.(entry.kind.name, 'hit', (performance.now() - startedAt) / 1_000)
        if (value !== null) {
          observer.readOf?.(entry.worldId, 1, 0)
          earlyExpiry.hit(entry, load)
        }
        return value
      }
      const found = asked<Found<T>>(getting).then((answer): Found<T>[] => [answer])
      const loaded = await readThrough([entry], found, { load, startedAt })
      observer.read?.(entry.kind.name, 'miss', (performance.now() - startedAt) / 1_000)
      return first(loaded)
    },

    async many<T>(entries: readonly Entry[], load: LoadMany<T>, unanswered?: Error): Promise<(T | null)[]> {
      const [entry] = entries
      if (entry === undefined) return []
      if (!cacheState.trusts(entry.key) || (quarantine.any && entries.some(quarantine.has))) {
        return uncached.bypass(entries, load)
      }
      const startedAt = performance.now()
      const getting: Promise<Found<T>[]> = unanswered
        ? Promise.reject(unanswered)
        : getter.many(entries, load)
      return readThrough(entries, asked(getting), { load, startedAt })
    },
  }
}

const first = <T>([value = null]: (T | null)[]): T | null => value
