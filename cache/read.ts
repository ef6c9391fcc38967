import { HearthError } from '../model/errors.ts'
import { jsonText } from '../model/json-text.ts'
import type { CacheStateTracker } from './cache-state.ts'
import type { EarlyExpiry } from './early-expiry.ts'
import type { Fill, Filled, LoadMany } from './fill.ts'
import type { Entry } from './keys.ts'
import type { Leases } from './leases.ts'
import type { LocalCache } from './local-cache.ts'
import type { CacheObserver } from './observer.ts'
import type { Quarantine } from './quarantine.ts'
import { asked, isWrongType } from './scripts.ts'
import type { SharedLoads } from './shared-loads.ts'
import type { TimedGet } from './timed-get.ts'
import { corrupt, decode, type Parse } from './values.ts'

/** Reads entries: from Redis where they are warm, through one load for the whole fleet where they are not. */
export interface Read {
  /** One entry: one GET when it is warm. */
  one<T>(entry: Entry, load: LoadMany<T>): Promise<T | null>
  /** Entries of one kind and one world: one MGET, and one load for all that it missed. */
  many<T>(entries: readonly Entry[], load: LoadMany<T>): Promise<(T | null)[]>
}

interface ReadDeps {
  timedGet: TimedGet
  leases: Leases
  fill: Fill
  earlyExpiry: EarlyExpiry
  sharedLoads: SharedLoads
  /** What is not read in Redis for now. */
  quarantine: Pick<Quarantine, 'any' | 'has'>
  localCache: LocalCache
  cacheState: Pick<CacheStateTracker, 'isTrusted'>
  /** Whether Redis gets no more of a read's time than `patience`, or what its connection allows. */
  limited: boolean
  /** A question of a read was not answered. */
  suspect(): void
  observer: CacheObserver
  /** Makes the values that are handed out of their text. Default `JSON.parse`. */
  parse?: Parse
  /** How long a reader waits for somebody else's load before it loads for itself, without filling. Milliseconds. */
  waitMs: number
}

/** Of so many hits one is told: a histogram would cost more than all else that we do for a hit. */
const timedHits = 128
/** What Redis may take of a read's time, the load apart: with the GET 100 ms in all. Milliseconds. */
export const patience = { getMs: 50, leaseUntilMs: 70, leaseAtLeastMs: 10, fillMs: 20 }

export function createRead({
  timedGet,
  leases,
  fill,
  earlyExpiry,
  sharedLoads,
  quarantine,
  localCache,
  cacheState,
  limited,
  suspect,
  observer,
  waitMs,
  parse = JSON.parse,
}: ReadDeps): Read {
  let reads = 0

  /** What Redis has of the entries: their texts, or null. A corrupt one is removed and counts as missing. */
  async function valuesOf<T>(entries: readonly Entry[], texts: readonly (string | null)[]) {
    const values = new Array<T | null | undefined>(entries.length)
    const missing: number[] = []
    const broken: Entry[] = []
    entries.forEach((entry, position) => {
      const text = texts[position] ?? null
      const value = text === null ? undefined : decode<T>(entry.kind, text, parse)
      if (value === corrupt) broken.push(entry)
      if (value === corrupt || value === undefined) missing.push(position)
      else values[position] = value
    })
    const [first] = broken
    if (first) {
      observer.corrupt(first.kind.name, broken.length)
      await leases.invalidate(first.worldId, broken)
    }
    return { values, missing }
  }

  async function loadMissing<T>(
    entries: readonly Entry[],
    load: LoadMany<T>,
    startedAt: number,
  ): Promise<(T | null)[]> {
    const leaseMs = Math.max(patience.leaseAtLeastMs, startedAt + patience.leaseUntilMs - performance.now())
    const limits = limited && { leaseMs, fillMs: patience.fillMs }
    const filled = await fill<T>({
      ...({ entries, load, mode: 'read', by: 'read', waitMs } as const),
      ...(limits && { limits }),
    })
    const values = filled.map((outcome, position) => usable<T>(outcome, at(entries, position), parse))
    const unresolved = [...values.keys()].filter(position => values[position] === undefined)
    const loaded = await loadUncached(entries, unresolved, load)
    unresolved.forEach((position, i) => {
      values[position] = loaded[i] ?? null
    })
    return values.map(value => value ?? null)
  }

  async function loadUncached<T>(
    entries: readonly Entry[],
    positions: readonly number[],
    load: LoadMany<T>,
    around = (_keys: readonly string[], loading: () => Promise<string[]>) => loading(),
  ) {
    const keys = positions.map(position => at(entries, position).key)
    const texts = await sharedLoads.load(keys, some =>
      around(
        some.map(i => at(keys, i)),
        async () => {
          const wanted = some.map(i => at(positions, i))
          return (await load(wanted, { unstored: true })).map(value => jsonText(value ?? null))
        },
      ),
    )
    return texts.map(text => parse(text) as T | null) // parsed anew for each reader: no two share an object
  }

  /** While the cache is not trusted: what this process loaded a moment ago, and the truth for the rest. */
  async function bypass<T>(entries: readonly Entry[], load: LoadMany<T>): Promise<(T | null)[]> {
    const { kind } = at(entries, 0)
    observer.bypassed(kind.name, entries.length)
    const texts = entries.map(({ key }) => localCache.get(key))
    const missing = [...texts.keys()].filter(position => texts[position] === undefined)
    if (missing.length < entries.length) observer.servedInProcess(kind.name, entries.length - missing.length)
    const values = texts.map(text => (text === undefined ? null : (parse(text) as T | null)))
    const loaded = missing.length === 0 ? [] : await loadUncached(entries, missing, load, keepInProcess)
    missing.forEach((position, i) => {
      values[position] = loaded[i] ?? null
    })
    return values
  }

  /** The texts that `load` brings, kept for a moment in this process. */
  async function keepInProcess(keys: readonly string[], load: () => Promise<string[]>): Promise<string[]> {
    const keep = localCache.begin(keys)
    const texts = await load().catch(error => {
      keep([])
      throw error
    })
    keep(texts)
    return texts
  }

  /** Redis failing (either) is no reason to fail a read: the truth is asked, and the cache left alone. */
  async function orFromTruth<T>(
    entries: readonly Entry[],
    load: LoadMany<T>,
    reading: Promise<(T | null)[]>,
  ) {
    try {
      return await reading
    } catch (error) {
      if (!(error instanceof HearthError && redisCodes.includes(error.code))) throw error
      if (error.code === 'CacheUnavailable') suspect()
      observer.bypassed(at(entries, 0).kind.name, entries.length)
      return loadUncached(entries, [...entries.keys()], load)
    }
  }

  /** Goes on from what Redis answered to the GET or MGET. */
  async function complete<T>(
    entries: readonly Entry[],
    texts: readonly (string | null)[],
    load: LoadMany<T>,
    startedAt: number,
  ): Promise<(T | null)[]> {
    const { values, missing } = await valuesOf<T>(entries, texts)
    const { kind, worldId } = at(entries, 0)
    if (missing.length < entries.length) observer.hit(kind.name, entries.length - missing.length)
    let hits = 0
    values.forEach((value, position) => {
      if (value === undefined || value === null) return
      hits += 1
      earlyExpiry.hit(at(entries, position), () => load([position]))
    })
    let misses = 0
    if (missing.length > 0) {
      observer.miss(kind.name, missing.length)
      const loaded = await loadMissing(
        missing.map(position => at(entries, position)),
        (some, options) =>
          load(
            some.map(i => at(missing, i)),
            options,
          ),
        startedAt,
      )
      missing.forEach((position, i) => {
        const value = loaded[i] ?? null
        values[position] = value
        if (value !== null) misses += 1
      })
    }
    if (hits + misses > 0) observer.readOf?.(worldId, hits, misses)
    return values.map(value => value ?? null)
  }

  return {
    async one<T>(entry: Entry, load: LoadMany<T>): Promise<T | null> {
      if (!cacheState.isTrusted || quarantine.has(entry)) return at(await bypass([entry], load), 0)
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
      const reading = asked(getting.catch(noText)).then(answer =>
        complete<T>([entry], [answer], load, startedAt),
      )
      const [loaded] = await orFromTruth([entry], load, reading)
      observer.read?.(entry.kind.name, 'miss', (performance.now() - startedAt) / 1_000)
      return loaded ?? null
    },

    async many<T>(entries: readonly Entry[], load: LoadMany<T>): Promise<(T | null)[]> {
      if (entries.length === 0) return []
      if (!cacheState.isTrusted || (quarantine.any && entries.some(quarantine.has)))
        return bypass(entries, load)
      const startedAt = performance.now()
      const reading = async () => {
        const texts = await asked(timedGet.mget(entries.map(({ key }) => key)))
        return complete<T>(entries, texts, load, startedAt)
      }
      return orFromTruth(entries, load, reading())
    },
  }
}

/** What another program has put there and is no text counts as missing: the lease removes it. */
function noText(error: unknown): null {
  if (isWrongType(error)) return null
  throw error
}

const redisCodes: readonly string[] = ['CacheUnavailable', 'QueueUnavailable']

/** The value that a fill brought, or undefined where it brought none that may be handed out. */
function usable<T>(filled: Filled, { kind }: Entry, parse: Parse): T | null | undefined {
  if (filled.state === 'superseded' || filled.state === 'held') return undefined
  const value = decode<T>(kind, filled.text, parse)
  return value === corrupt ? undefined : value
}

function at<T>(items: readonly T[], index: number): T {
  return items[index] as T
}
