import { HearthError } from '../model/errors.ts'
import type { TtlPolicy } from '../model/ttl-policy.ts'
import type { Absences } from './absences.ts'
import type { Entry } from './keys.ts'
import type { KnownTtls } from './known-ttls.ts'
import type { EntryFill, LeaseMode, Leases } from './leases.ts'
import type { CacheObserver, FilledBy } from './observer.ts'
import { encode } from './values.ts'

/**
 * Loads the entries at these positions of those that were asked for, all in one go, in that order; null for a truth
 * that does not exist. What it throws, the read throws; but after a `QueueUnavailable` it is asked again for values that
 * are `unstored`: handed out, and not put into Redis.
 */
export type LoadMany<T> = (
  positions: readonly number[],
  options?: { unstored?: boolean },
) => Promise<(T | null)[]>

/** Entries of one kind and one world to be brought into the cache, and how to load them. */
export interface FillRequest<T> {
  readonly entries: readonly Entry[]
  readonly load: LoadMany<T>
  readonly mode: LeaseMode
  /** In mode `renew`: leaves alone what has as long to live. Milliseconds. */
  readonly unlessTtlMs?: number | undefined
  readonly by: FilledBy
  /** How long to wait for somebody else's load before giving up with `held`. Milliseconds. */
  readonly waitMs: number
  /** For one who cannot wait: how long Redis may take for the lease and for the fill. Default: what its connection allows. Milliseconds. */
  readonly limits?: { leaseMs: number; fillMs: number }
}

export type Filled =
  /** Loaded, and stored where it is worth it: of what does not exist only so much is. */
  | { state: 'stored'; text: string }
  /** It was there already; its JSON text in mode `read`, else empty. `bytes`: how long that is. `leftMs`: in mode `renew`. */
  | { state: 'alive'; text: string; bytes: number; ttlMs: number }
  /** Loaded, in mode `read`, and Redis did not say whether it has stored it. */
  | { state: 'loaded'; text: string }
  /** Changes overtook every attempt to load it. */
  | { state: 'superseded' }
  /** Somebody else held its lease all the time. */
  | { state: 'held' }

/** The one path by which a value gets into Redis: lease, load, fill. */
export type Fill = <T>(request: FillRequest<T>) => Promise<Filled[]>

interface FillDeps {
  leases: Leases
  ttlPolicy: TtlPolicy
  knownTtls: KnownTtls
  absences: Absences
  observer: CacheObserver
  sleep(ms: number): Promise<void>
  /** The loads under way in this process, by their leases' token. */
  flights?: Flights
}

export type Flights = Map<string, Flight>

const maxRefusals = 3
const firstPauseMs = 5
const longestPauseMs = 100

/**
 * A load under way in this process: the JSON text stored at each key; a key is missing where the fill was refused.
 * `unanswered` where Redis did not say whether it has stored them.
 */
type Flight = Promise<{ texts: Map<string, string>; unanswered?: HearthError }>

export function createFill({
  leases,
  ttlPolicy,
  knownTtls,
  absences,
  observer,
  sleep,
  flights = new Map(),
}: FillDeps): Fill {
  async function loadAndFill<T>(
    token: string,
    request: FillRequest<T>,
    positions: readonly number[],
    startedAt: number,
  ): Flight {
    const entries = pick(request.entries, positions)
    const { kind } = at(entries, 0)
    let values: (T | null)[]
    try {
      const started = performance.now()
      values = await request.load(positions)
      observer.loaded(kind.name, positions.length, (performance.now() - started) / 1000)
    } catch (error) {
      leases.giveBack(token, entries).catch(() => {}) // not waited for; where it is lost they expire
      throw error
    }
    const fills = entries.map((entry, i): EntryFill => {
      const value = values[i] ?? null
      const isKept = value !== null || absences.admit()
      return { entry, value: encode(kind, value), ttl: isKept ? ttlPolicy.of(kind, value !== null) : 'gone' }
    })
    let accepted: boolean[]
    try {
      accepted = await leases.fill(token, fills, { limitMs: request.limits?.fillMs })
    } catch (error) {
      if (!(error instanceof HearthError && error.code === 'CacheUnavailable')) throw error
      return { texts: new Map(fills.map(({ entry, value }) => [entry.key, value])), unanswered: error }
    }
    const texts = new Map<string, string>()
    let stored = 0
    fills.forEach(({ entry, value, ttl }, i) => {
      if (!accepted[i]) return
      texts.set(entry.key, value)
      if (ttl === 'gone') return
      stored += 1
      if (request.by !== 'warm' && typeof ttl === 'number') knownTtls.stored(entry, ttl) // warming does not read
    })
    if (request.by !== 'warm') knownTtls.took(kind, performance.now() - startedAt)
    if (stored > 0) observer.filled(kind.name, stored, request.by)
    if (texts.size < fills.length) observer.superseded(kind.name, fills.length - texts.size)
    return { texts }
  }

  function fly<T>(
    token: string,
    request: FillRequest<T>,
    positions: readonly number[],
    startedAt: number,
  ): Flight {
    const flight = loadAndFill(token, request, positions, startedAt).finally(() => flights.delete(token))
    flights.set(token, flight)
    return flight
  }

  return async <T>(request: FillRequest<T>): Promise<Filled[]> => {
    const { entries, mode, unlessTtlMs, waitMs, limits } = request
    const filled = new Array<Filled>(entries.length)
    const refusals = new Array<number>(entries.length).fill(0)
    const giveUpAt = performance.now() + waitMs
    let pauseMs = firstPauseMs
    let open = [...entries.keys()]

    while (open.length > 0) {
      const startedAt = performance.now()
      const { token, answers } = await leases.take(pick(entries, open), mode, {
        ...{ unlessTtlMs, limitMs: limits?.leaseMs },
      })
      const leased: number[] = []
      const taken: { position: number; holder: string }[] = []
      open.forEach((position, i) => {
        const answer = at(answers, i)
        if (answer.state === 'leased') leased.push(position)
        else if (answer.state === 'held') taken.push({ position, holder: answer.holder })
        else {
          const { value: text, bytes, ttlMs } = answer
          filled[position] = { state: 'alive', text, bytes, ttlMs }
        }
      })

      const joined = new Map<Flight, number[]>()
      if (leased.length > 0) joined.set(fly(token, request, leased, startedAt), leased)
      const held: number[] = []
      for (const { position, holder } of taken) {
        // The lease stands, so no change has come since that load began: its outcome is good enough for us.
        const flight = flights.get(holder)
        if (!flight) held.push(position)
        else if (!joined.get(flight)?.push(position)) joined.set(flight, [position])
      }

      open = []
      await Promise.all(
        Array.from(joined, async ([flight, positions]) => {
          const { texts, unanswered } = await flight.catch(error => {
            // What is wrong with one value is no answer for another's readers: they load theirs.
            if (positions === leased || !isOfOneValue(error)) throw error
            return { texts: new Map<string, string>(), unanswered: undefined }
          })
          // A reader's load began after he came, or while the lease stood, so he may have it all the same.
          if (unanswered && mode !== 'read') throw unanswered
          for (const position of positions) {
            const text = texts.get(at(entries, position).key)
            if (text !== undefined) {
              filled[position] = { state: unanswered ? 'loaded' : 'stored', text }
              continue
            }
            const refused = at(refusals, position) + 1
            refusals[position] = refused
            if (refused < maxRefusals) open.push(position)
            else filled[position] = { state: 'superseded' }
          }
        }),
      )

      if (held.length > 0 && performance.now() < giveUpAt) {
        await sleep(pauseMs)
        pauseMs = Math.min(pauseMs * 2, longestPauseMs)
        open.push(...held)
      } else {
        for (const position of held) filled[position] = { state: 'held' }
      }
    }
    return filled
  }
}

const isOfOneValue = (error: unknown): boolean =>
  error instanceof HearthError && error.code === 'ColumnMismatch'

function pick<T>(items: readonly T[], positions: readonly number[]): T[] {
  return positions.map(position => at(items, position))
}

function at<T>(items: readonly T[], index: number): T {
  return items[index] as T
}
