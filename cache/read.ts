import type { LoadMany } from './fill-request.ts'
import type { Found, Getter } from './getter.ts'
import type { Entry } from './keys.ts'
import type { MissStreaks } from './miss-streaks.ts'
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
  /** Whether the entry of this key has ended, as far as this process knows. */
  isOver(key: string): boolean
  misses: MissStreaks
}

interface Missed<T> {
  entry: Entry
  load: LoadMany<T>
  startedAt: number
  isGuess?: boolean
  /** No value, or why there is none. */
  found: Promise<Found<T>>
}

export function createRead(deps: ReadDeps): Read {
  const { getter, earlyExpiry, quarantine, cacheState, observer, isOver, misses } = deps
  const uncached = createUncachedReads(deps)
  const readThrough = createReadThrough({ ...deps, uncached })
  let reads = 0

  /** What was not found in Redis, or not asked of it. */
  async function missed<T>({ entry, found, ...how }: Missed<T>): Promise<T | null> {
    const { startedAt } = how
    const answer = asked(found).then((value): Found<T>[] => [value])
    const loaded = await readThrough([entry], answer, how)
    observer.read?.(entry.kind.name, 'miss', (performance.now() - startedAt) / 1_000)
    return first(loaded)
  }

  return {
    // One reaction to the answer: each more is a turn of the queue of promises, in which other answers are parsed.
    one<T>(entry: Entry, load: LoadMany<T>, unanswered?: Error): Promise<T | null> {
      if (!cacheState.trusts(entry.key) || quarantine.has(entry)) {
        return uncached.bypass([entry], load).then(first)
      }
      const startedAt = performance.now()
      if (!unanswered && (isOver(entry.key) || misses.isCold(entry))) {
        // One round trip less: what asks for the lease brings the value, if there is one all the same.
        return missed({ entry, load, startedAt, isGuess: true, found: Promise.resolve(undefined) })
      }
      const isTimed = ++reads % timedHits === 0
      const getting: Promise<Found<T>> = unanswered ? Promise.reject(unanswered) : getter.one(entry, load)
      return getting.then(
        value => {
          if (value === undefined || value === corrupt) {
            misses.missed(entry)
            return missed({ entry, load, startedAt, found: getting })
          }
          misses.hit(entry)
          observer.hit(entry.kind.name, 1, 'redis')
          if (isTimed) observer.read?.(entry.kind.name, 'hit', (performance.now() - startedAt) / 1_000)
          if (value !== null) {
            observer.readOf?.(entry.worldId, 1, 0)
            earlyExpiry.hit(entry, load)
          }
          return value
        },
        () => missed({ entry, load, startedAt, found: getting }),
      )
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
