import type { CacheState } from './cache-state.ts'
import type { NearState } from './near/near-state.ts'
import type { DoubtedShards } from './shards.ts'

/** Told what happens to entries, by kind. Its methods must be quick and must not throw. */
export interface CacheObserver {
  /** Entries that a read found: in Redis, or near, in the process's memory. */
  hit(kind: string, count: number, level: HitLevel): void
  /** Of hits at the level `near`, which are counted a moment later: at once, within the read that they are of. */
  nearHit?(kind: string, count: number): void
  miss(kind: string, count: number): void
  /** Reads of one world that brought a value: for those who show worlds, and no label. What does not exist is not told. */
  readOf?(worldId: string, hits: number, misses: number): void
  /** Loaded values that were stored, by whom. */
  filled(kind: string, count: number, by: FilledBy): void
  /** Entries whose end was put off, because they could not be renewed while the source is away. */
  extended?(kind: string, count: number): void
  /** Loaded values that were refused, because their entries changed meanwhile. */
  superseded(kind: string, count: number): void
  /** Values in Redis that were not what they should be. */
  corrupt(kind: string, count: number): void
  invalidated(kind: string, count: number): void
  /** Reads that went to the source because the cache's Redis failed, or is not trusted yet. */
  bypassed(kind: string, count: number): void
  /** Of these, answered with what this process had loaded a moment before. */
  servedInProcess(kind: string, count: number): void
  /**
   * Told once for each change of state; `trusted` is what it begins with. Of a cluster it is the worst state of its shards,
   * told also when others of them are not trusted: `doubted`, undefined where each is.
   */
  cacheIs(state: CacheState, doubted?: DoubtedShards): void
  /** Reads that popularity does not know of, because Redis did not take their counts in time. */
  countsLost(reads: number): void
  /** One load from the source, of `count` entries. */
  loaded(kind: string, count: number, seconds: number): void
  /** Leases that were asked for, by what came of it. */
  leased?(outcome: LeaseOutcome, count: number): void
  /** The near cache's state, told once for each change; why, where it is `off`. It begins with `connecting`. */
  nearIs?(state: NearState, reason?: string): void
  /** How long a fence took: the round trip that near reads share. */
  fence?(seconds: number): void
  /** How long one read took; of hits that waited for Redis, about one in a hundred is reported. */
  read?(kind: string, outcome: 'hit' | 'miss', seconds: number): void
}

/** `held`: another caller has it. `alive`: there was nothing to load. */
export type LeaseOutcome = 'leased' | 'held' | 'alive'
export const leaseOutcomes: readonly LeaseOutcome[] = ['leased', 'held', 'alive']

export type HitLevel = 'near' | 'redis'
export const hitLevels: readonly HitLevel[] = ['near', 'redis']

/** One hit in 128 is timed: a histogram would cost more than the rest of a hit. */
export const timedHits = 128

export type FilledBy = 'read' | 'warm' | 'refresh'

const ignore = () => {}

const ignoring = {
  hit: ignore,
  miss: ignore,
  filled: ignore,
  superseded: ignore,
  corrupt: ignore,
  invalidated: ignore,
  bypassed: ignore,
  servedInProcess: ignore,
  cacheIs: ignore,
  countsLost: ignore,
  loaded: ignore,
} satisfies CacheObserver

export const noObserver: CacheObserver = ignoring

/** A type that lists them all, so that none is left out of what is combined. */
const optional: Record<Exclude<keyof CacheObserver, keyof typeof ignoring>, true> = {
  nearHit: true,
  readOf: true,
  extended: true,
  leased: true,
  nearIs: true,
  fence: true,
  read: true,
}

type Listener = (first: never, second: never, third: never) => void
const methods = Object.keys({ ...ignoring, ...optional }) as (keyof CacheObserver)[]

/** Calls each observer for what it listens to. What none listens to costs nothing. */
export function combineObservers(observers: readonly Partial<CacheObserver>[]): CacheObserver {
  const told = { ...noObserver }
  for (const method of methods) {
    const listeners = observers.flatMap(observer => observer[method]?.bind(observer) ?? []) as Listener[]
    const tellAll: Listener = (first, second, third) => {
      for (const tell of listeners) tell(first, second, third)
    }
    if (listeners.length > 0)
      Object.assign(told, { [method]: listeners.length === 1 ? listeners[0] : tellAll })
  }
  return told
}
