import type { CacheStateTracker } from './cache-state.ts'
import type { LoadMany } from './fill-request.ts'
import type { Entry } from './keys.ts'
import type { Quarantine } from './quarantine.ts'
import { createReadThrough, type ReadThroughDeps } from './read-through.ts'
import { asked, isWrongType } from './scripts.ts'
import type { TimedGet } from './timed-get.ts'
import { createUncachedReads, type UncachedReadsDeps } from './uncached-reads.ts'
import { corrupt, decode } from './values.ts'

/** Reads entries: from Redis where they are warm, through one load for the whole fleet where they are not. */
export interface Read {
  /** One entry: one GET when it is warm. */
  one<T>(entry: Entry, load: LoadMany<T>): Promise<T | null>
  /** Entries of one kind and one world: one MGET, and one load for all that it missed. */
  many<T>(entries: readonly Entry[], load: LoadMany<T>): Promise<(T | null)[]>
}

interface ReadDeps extends Omit<ReadThroughDeps, 'uncached'>, UncachedReadsDeps {
  timedGet: TimedGet
  quarantine: Pick<Quarantine, 'any' | 'has'>
  cacheState: Pick<CacheStateTracker, 'isTrusted'>
}

/** One hit in 128 is timed: a histogram would cost more than the rest of a hit. */
const timedHits = 128

export function createRead(deps: ReadDeps): Read {
  const { timedGet, earlyExpiry, quarantine, cacheState, observer, parse } = deps
  const uncached = createUncachedReads(deps)
  const readThrough = createReadThrough({ ...deps, uncached })
  let reads = 0

  return {
    async one<T>(entry: Entry, load: LoadMany<T>): Promise<T | null> {
      if (!cacheState.isTrusted || quarantine.has(entry)) return first(await uncached.bypass([entry], load))
      const startedAt = performance.now()
      const isTimed = ++reads % timedHits === 0
      const getting = timedGet.get(entry.key)
      const text = await getting.catch(() => null) // what went wrong is met again below
      const value = text === null ? corrupt : decode<T>(entry.kind, text, parse)
      if (value !== corrupt) {
        observer.hit(entry.kind.name, 1)
        if (isTimed) observer.read?.(entry.kind.name, 'hit', (performance.now() - startedAt) / 1_000)
        if (value !== null) {
          observer.readOf?.(entry.worldId, 1, 0)
          earlyExpiry.hit(entry, load)
        }
        return value
      }
      const texts = asked(getting.catch(noText)).then(answer => [answer])
      const loaded = await readThrough([entry], texts, { load, startedAt })
      observer.read?.(entry.kind.name, 'miss', (performance.now() - startedAt) / 1_000)
      return first(loaded)
    },

    async many<T>(entries: readonly Entry[], load: LoadMany<T>): Promise<(T | null)[]> {
      if (entries.length === 0) return []
      if (!cacheState.isTrusted || (quarantine.any && entries.some(quarantine.has))) {
        return uncached.bypass(entries, load)
      }
      const startedAt = performance.now()
      const texts = asked(timedGet.mget(entries.map(({ key }) => key)))
      return readThrough(entries, texts, { load, startedAt })
    },
  }
}

/** What another program has put there and is no text counts as missing: the lease removes it. */
function noText(error: unknown): null {
  if (isWrongType(error)) return null
  throw error
}

const first = <T>([value = null]: (T | null)[]): T | null => value
