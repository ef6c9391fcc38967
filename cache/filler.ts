import type { Entry } from './keys.ts'
import type { Fill, LeaseMode, Leases } from './leases.ts'
import type { LifeOf } from './lives.ts'
import type { CacheObserver, FilledBy } from './observer.ts'

/** Entries of one kind and one world to be brought into the cache, and how to load them. */
export interface FillRequest<T> {
  readonly entries: readonly Entry[]
  /** Loads the entries at these positions, all in one go, in this order; null for a truth that does not exist. */
  load(positions: readonly number[]): Promise<(T | null)[]>
  readonly mode: LeaseMode
  readonly by: FilledBy
  /** How long to wait for somebody else's load before giving up with `held`. Milliseconds. */
  readonly waitMs: number
}

export type Filled =
  | { state: 'stored'; text: string }
  /** It was there already; its JSON text in mode `read`, else empty. */
  | { state: 'alive'; text: string }
  /** Changes overtook every attempt to load it. */
  | { state: 'superseded' }
  /** Somebody else held its lease all the time. */
  | { state: 'held' }

/** The one path by which a value gets into Redis: lease, load, fill. */
export interface Filler {
  fill<T>(request: FillRequest<T>): Promise<Filled[]>
}

interface FillerDeps {
  leases: Leases
  lifeOf: LifeOf
  observer: CacheObserver
  sleep(ms: number): Promise<void>
}

const maxRefusals = 3
const firstPauseMs = 5
const longestPauseMs = 100

/** A load under way in this process: the JSON text stored at each key; a key is missing where the fill was refused. */
type Flight = Promise<Map<string, string>>

export function createFiller({ leases, lifeOf, observer, sleep }: FillerDeps): Filler {
  const flights = new Map<string, Flight>()

  async function loadAndFill<T>(
    token: string,
    request: FillRequest<T>,
    positions: readonly number[],
  ): Flight {
    const entries = pick(request.entries, positions)
    const { kind } = at(entries, 0)
    let values: (T | null)[]
    try {
      const started = performance.now()
      values = await request.load(positions)
      observer.loaded(kind, positions.length, (performance.now() - started) / 1000)
    } catch (error) {
      await leases.giveBack(token, entries).catch(() => {}) // else they expire
      throw error
    }
    const fills = entries.map((entry, i): Fill => {
      const value = values[i] ?? null
      return { entry, value: JSON.stringify(value), lifeMs: lifeOf(kind, value !== null) }
    })
    const accepted = await leases.fill(token, fills)
    const stored = new Map(fills.filter((_, i) => accepted[i]).map(({ entry, value }) => [entry.key, value]))
    if (stored.size > 0) observer.filled(kind, stored.size, request.by)
    if (stored.size < fills.length) observer.superseded(kind, fills.length - stored.size)
    return stored
  }

  function fly<T>(token: string, request: FillRequest<T>, positions: readonly number[]): Flight {
    const flight = loadAndFill(token, request, positions).finally(() => flights.delete(token))
    flights.set(token, flight)
    return flight
  }

  return {
    async fill<T>(request: FillRequest<T>): Promise<Filled[]> {
      const { entries, mode, waitMs } = request
      const filled = new Array<Filled>(entries.length)
      const refusals = new Array<number>(entries.length).fill(0)
      const giveUpAt = performance.now() + waitMs
      let pauseMs = firstPauseMs
      let open = [...entries.keys()]

      while (open.length > 0) {
        const { token, answers } = await leases.take(pick(entries, open), mode)
        const leased: number[] = []
        const taken: { position: number; holder: string }[] = []
        open.forEach((position, i) => {
          const answer = at(answers, i)
          if (answer.state === 'leased') leased.push(position)
          else if (answer.state === 'held') taken.push({ position, holder: answer.holder })
          else filled[position] = { state: 'alive', text: answer.value }
        })

        const joined = new Map<Flight, number[]>()
        if (leased.length > 0) joined.set(fly(token, request, leased), leased)
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
            const stored = await flight
            for (const position of positions) {
              const text = stored.get(at(entries, position).key)
              if (text !== undefined) {
                filled[position] = { state: 'stored', text }
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
    },
  }
}

function pick<T>(items: readonly T[], positions: readonly number[]): T[] {
  return positions.map(position => at(items, position))
}

function at<T>(items: readonly T[], index: number): T {
  return items[index] as T
}
