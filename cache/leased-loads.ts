import { HearthError } from '../model/errors.ts'
import type { TtlPolicy } from '../model/ttl-policy.ts'
import { awaitedLater } from '../resilience/awaited-later.ts'
import type { Absences } from './absences.ts'
import type { FillRequest } from './fill-request.ts'
import type { Entry } from './keys.ts'
import type { KnownTtls } from './known-ttls.ts'
import type { EntryFill, Leases } from './leases.ts'
import type { CacheObserver } from './observer.ts'
import { encode } from './values.ts'

/** The loads of this process that hold leases. */
export interface LeasedLoads {
  /** Loads entries whose leases were taken, and stores what still has its lease. */
  begin<T>(leased: Leased<T>): LeasedLoad
  /** The load that holds leases under this token; undefined where it has ended, or is another process's. */
  underWay(token: string): LeasedLoad | undefined
}

/**
 * The JSON text that was stored of each key; a key is missing where its fill was refused. `unanswered`: Redis did not say
 * whether it has stored them.
 */
export type LeasedLoad = Promise<{ texts: ReadonlyMap<string, string>; unanswered?: HearthError }>

interface Leased<T> {
  /** On the connection that took them. */
  leases: Leases
  token: string
  /** What came with the leases. */
  bookmarks: readonly string[]
  entries: readonly Entry[]
  request: FillRequest<T>
  /** When the leases were asked for, by `performance.now()`. */
  startedAt: number
}

interface LeasedLoadsDeps {
  ttlPolicy: TtlPolicy
  knownTtls: KnownTtls
  absences: Absences
  /** Whether the source is known to be away. Default: each `WorldUnavailable` says so. */
  sourceIsAway: (() => boolean) | undefined
  observer: CacheObserver
}

export function createLeasedLoads({
  ttlPolicy,
  knownTtls,
  absences,
  sourceIsAway,
  observer,
}: LeasedLoadsDeps): LeasedLoads {
  const underWay = new Map<string, LeasedLoad>()

  /** Loads a part of what is leased. Where that fails, the leases of `unloaded`, it and all that follows, end. */
  async function valuesOf<T>(
    { leases, token, bookmarks, request }: Leased<T>,
    part: readonly Entry[],
    unloaded: readonly Entry[],
  ): Promise<(T | null)[]> {
    const startedAt = performance.now()
    try {
      const values = await request.load(part, { bookmarks })
      observer.loaded(kindOf(part).name, part.length, (performance.now() - startedAt) / 1_000)
      return values
    } catch (error) {
      if (request.mode === 'renew' && isOutage(error)) await extend(leases, token, unloaded)
      else leases.giveBack(token, unloaded).catch(() => {}) // not waited for; where it is lost they expire
      throw error
    }
  }

  const isOutage = (error: unknown): boolean =>
    error instanceof HearthError && error.code === 'WorldUnavailable' && (sourceIsAway?.() ?? true)

  /** What cannot be renewed now stays as it is for another life: every reported change still removes it. */
  async function extend(leases: Leases, token: string, entries: readonly Entry[]): Promise<void> {
    const extensions = entries.map(entry => {
      const ttl = ttlPolicy.of(entry.kind, true)
      return { entry, ttlMs: ttl === 'ever' ? 0 : ttl } // 0 gives only the lease back
    })
    const accepted = await leases.extend(token, extensions).catch(() => []) // where it is lost, the next reader tries again
    const extended = extensions.filter((_, i) => accepted[i])
    for (const { entry, ttlMs } of extended) knownTtls.stored(entry, ttlMs)
    if (extended.length > 0) observer.extended?.(kindOf(entries).name, extended.length)
  }

  function fillOf(entry: Entry, value: unknown): EntryFill {
    const exists = value !== null
    const isKept = exists || absences.admit()
    return {
      entry,
      value: encode(entry.kind, value),
      ttl: isKept ? ttlPolicy.of(entry.kind, exists) : 'gone',
    }
  }

  /** Adds the texts that were stored to `texts`. Answers with an error where Redis did not say whether it has stored them. */
  async function store<T>(
    leased: Leased<T>,
    fills: readonly EntryFill[],
    texts: Map<string, string>,
  ): Promise<HearthError | undefined> {
    let accepted: boolean[]
    try {
      accepted = await leased.leases.fill(leased.token, fills, { limitMs: leased.request.limits?.fillMs })
    } catch (error) {
      if (!(error instanceof HearthError && error.code === 'CacheUnavailable')) throw error
      for (const { entry, value } of fills) texts.set(entry.key, value)
      return error
    }
    const kept = fills.filter((_, i) => accepted[i])
    note(leased, fills, kept)
    for (const { entry, value } of kept) texts.set(entry.key, value)
    return undefined
  }

  /** A pipeline: while one part is made text and stored, the next is being loaded, and no other. */
  async function loadAndStore<T>(leased: Leased<T>): LeasedLoad {
    const { entries, request } = leased
    const { partSize = entries.length } = request
    const texts = new Map<string, string>()
    const partFrom = (from: number) => entries.slice(from, from + partSize)
    const load = (from: number) => awaitedLater(valuesOf(leased, partFrom(from), entries.slice(from)))
    let loading = load(0)
    let storing = Promise.resolve<HearthError | undefined>(undefined)
    for (let from = 0; from < entries.length; from += partSize) {
      const values = await loading
      if (from + partSize < entries.length) loading = load(from + partSize) // sent before this thread is busy
      const fills = partFrom(from).map((entry, i) => fillOf(entry, values[i] ?? null))
      const unanswered = await storing
      if (unanswered) return { texts, unanswered }
      storing = awaitedLater(store(leased, fills, texts))
    }
    const unanswered = await storing
    return unanswered ? { texts, unanswered } : { texts }
  }

  function note<T>(
    { request: { by }, startedAt }: Leased<T>,
    fills: readonly EntryFill[],
    kept: readonly EntryFill[],
  ): void {
    const [{ entry: first }] = fills as [EntryFill]
    const stored = kept.filter(({ ttl }) => ttl !== 'gone')
    if (by !== 'warm') {
      // A process that warms does not read, and need not know.
      for (const { entry, ttl } of stored) if (typeof ttl === 'number') knownTtls.stored(entry, ttl)
      knownTtls.took(first.kind, performance.now() - startedAt)
    }
    if (stored.length > 0) observer.filled(first.kind.name, stored.length, by)
    if (kept.length < fills.length) observer.superseded(first.kind.name, fills.length - kept.length)
  }

  return {
    begin(leased) {
      const load = loadAndStore(leased).finally(() => underWay.delete(leased.token))
      underWay.set(leased.token, load)
      return load
    },
    underWay: token => underWay.get(token),
  }
}

const kindOf = ([first]: readonly Entry[]) => (first as Entry).kind
