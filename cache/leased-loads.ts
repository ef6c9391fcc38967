import { HearthError } from '../model/errors.ts'
import type { TtlPolicy } from '../model/ttl-policy.ts'
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

  async function valuesOf<T>({
    leases,
    token,
    bookmarks,
    entries,
    request,
  }: Leased<T>): Promise<(T | null)[]> {
    const startedAt = performance.now()
    try {
      const values = await request.load(entries, { bookmarks })
      observer.loaded(kindOf(entries).name, entries.length, (performance.now() - startedAt) / 1_000)
      return values
    } catch (error) {
      if (request.mode === 'renew' && isOutage(error)) await extend(leases, token, entries)
      else leases.giveBack(token, entries).catch(() => {}) // not waited for; where it is lost they expire
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

  async function loadAndStore<T>(leased: Leased<T>): LeasedLoad {
    const values = await valuesOf(leased)
    const fills = leased.entries.map((entry, i) => fillOf(entry, values[i] ?? null))
    let accepted: boolean[]
    try {
      accepted = await leased.leases.fill(leased.token, fills, { limitMs: leased.request.limits?.fillMs })
    } catch (error) {
      if (!(error instanceof HearthError && error.code === 'CacheUnavailable')) throw error
      return { texts: textsOf(fills), unanswered: error }
    }
    const kept = fills.filter((_, i) => accepted[i])
    note(leased, kept)
    return { texts: textsOf(kept) }
  }

  function note<T>({ entries, request: { by }, startedAt }: Leased<T>, kept: readonly EntryFill[]): void {
    const kind = kindOf(entries)
    const stored = kept.filter(({ ttl }) => ttl !== 'gone')
    if (by !== 'warm') {
      // A process that warms does not read, and need not know.
      for (const { entry, ttl } of stored) if (typeof ttl === 'number') knownTtls.stored(entry, ttl)
      knownTtls.took(kind, performance.now() - startedAt)
    }
    if (stored.length > 0) observer.filled(kind.name, stored.length, by)
    if (kept.length < entries.length) observer.superseded(kind.name, entries.length - kept.length)
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

const textsOf = (fills: readonly EntryFill[]) => new Map(fills.map(({ entry, value }) => [entry.key, value]))
