import { HearthError } from '../errors.ts'
import type { Filled, Filler } from './filler.ts'
import type { Entry } from './keys.ts'
import type { Leases } from './leases.ts'
import type { CacheObserver } from './observer.ts'
import { asked, type CacheRedis } from './scripts.ts'
import type { SharedLoads } from './shared-loads.ts'
import { corrupt, decode } from './values.ts'

/** Reads entries: from Redis where they are warm, through one load for the whole fleet where they are not. */
export interface Reader {
  /** One entry: one GET when it is warm. */
  read<T>(entry: Entry, load: LoadMany<T>): Promise<T | null>
  /** Entries of one kind and one world: one MGET, and one load for all that it missed. */
  readMany<T>(entries: readonly Entry[], load: LoadMany<T>): Promise<(T | null)[]>
}

/** Loads the entries at these positions of those that were asked for, in that order. What it throws, the read throws. */
export type LoadMany<T> = (positions: readonly number[]) => Promise<(T | null)[]>

interface ReaderDeps {
  redis: CacheRedis
  leases: Leases
  filler: Filler
  sharedLoads: SharedLoads
  observer: CacheObserver
  /** How long a reader waits for somebody else's load before it loads for itself, without filling. Milliseconds. */
  waitMs: number
}

export function createReader({ redis, leases, filler, sharedLoads, observer, waitMs }: ReaderDeps): Reader {
  /** What Redis has of the entries: their texts, or null. A corrupt one is removed and counts as missing. */
  async function parse<T>(entries: readonly Entry[], texts: readonly (string | null)[]) {
    const values = new Array<T | null | undefined>(entries.length)
    const missing: number[] = []
    const broken: Entry[] = []
    entries.forEach((entry, position) => {
      const text = texts[position] ?? null
      const value = text === null ? undefined : decode<T>(entry.kind, text)
      if (value === corrupt) broken.push(entry)
      if (value === corrupt || value === undefined) missing.push(position)
      else values[position] = value
    })
    const [first] = broken
    if (first) {
      observer.corrupt(first.kind, broken.length)
      await leases.invalidate(first.worldId, broken)
    }
    return { values, missing }
  }

  async function loadMissing<T>(entries: readonly Entry[], load: LoadMany<T>): Promise<(T | null)[]> {
    const filled = await filler.fill<T>({ entries, load, mode: 'read', by: 'read', waitMs })
    const values = filled.map((outcome, position) => usable<T>(outcome, at(entries, position)))
    const unresolved = [...values.keys()].filter(position => values[position] === undefined)
    const loaded = await loadUncached(entries, unresolved, load)
    unresolved.forEach((position, i) => {
      values[position] = loaded[i] ?? null
    })
    return values.map(value => value ?? null)
  }

  async function loadUncached<T>(entries: readonly Entry[], positions: readonly number[], load: LoadMany<T>) {
    const texts = await sharedLoads.load(
      positions.map(position => at(entries, position).key),
      async some => (await load(some.map(i => at(positions, i)))).map(value => JSON.stringify(value ?? null)),
    )
    return texts.map(text => JSON.parse(text) as T | null) // parsed anew for each reader: nobody shares an object
  }

  /** Redis failing is no reason to fail a read: the truth is asked, and the cache left alone. */
  async function orFromTruth<T>(
    entries: readonly Entry[],
    load: LoadMany<T>,
    reading: Promise<(T | null)[]>,
  ) {
    try {
      return await reading
    } catch (error) {
      if (!(error instanceof HearthError && error.code === 'CacheUnavailable')) throw error
      observer.bypassed(at(entries, 0).kind, entries.length)
      return loadUncached(entries, [...entries.keys()], load)
    }
  }

  /** Goes on from what Redis answered to the GET or MGET. */
  async function complete<T>(
    entries: readonly Entry[],
    texts: readonly (string | null)[],
    load: LoadMany<T>,
  ): Promise<(T | null)[]> {
    const { values, missing } = await parse<T>(entries, texts)
    const { kind } = at(entries, 0)
    if (missing.length < entries.length) observer.hit(kind, entries.length - missing.length)
    if (missing.length > 0) {
      observer.miss(kind, missing.length)
      const loaded = await loadMissing(
        missing.map(position => at(entries, position)),
        some => load(some.map(i => at(missing, i))),
      )
      missing.forEach((position, i) => {
        values[position] = loaded[i] ?? null
      })
    }
    return values.map(value => value ?? null)
  }

  return {
    async read<T>(entry: Entry, load: LoadMany<T>): Promise<T | null> {
      const getting = redis.get(entry.key)
      const text = await getting.catch(() => null) // what went wrong is met again below
      const value = text === null ? corrupt : decode<T>(entry.kind, text)
      if (value !== corrupt) {
        observer.hit(entry.kind, 1)
        return value
      }
      const reading = asked(getting).then(answer => complete<T>([entry], [answer], load))
      const [loaded] = await orFromTruth([entry], load, reading)
      return loaded ?? null
    },

    async readMany<T>(entries: readonly Entry[], load: LoadMany<T>): Promise<(T | null)[]> {
      if (entries.length === 0) return []
      const reading = async () => {
        const texts = await asked(redis.mget(entries.map(({ key }) => key)))
        return complete<T>(entries, texts, load)
      }
      return orFromTruth(entries, load, reading())
    },
  }
}

/** The value that a fill brought, or undefined where it brought none that may be handed out. */
function usable<T>(filled: Filled, { kind }: Entry): T | null | undefined {
  if (filled.state !== 'stored' && filled.state !== 'alive') return undefined
  const value = decode<T>(kind, filled.text)
  return value === corrupt ? undefined : value
}

function at<T>(items: readonly T[], index: number): T {
  return items[index] as T
}
