import { uniqBy } from 'es-toolkit'
import { HearthError } from '../model/errors.ts'
import type { FillRequest } from './fill-request.ts'
import type { Entry } from './keys.ts'
import type { LeasedLoad, LeasedLoads } from './leased-loads.ts'
import type { Alive, Leases } from './leases.ts'

export type Filled =
  /** Loaded, and stored, unless too many absences are stored already. */
  | { state: 'stored'; text: string }
  | Alive
  /** Loaded, in mode `read`, and Redis did not say whether it has stored it. */
  | { state: 'loaded'; text: string }
  /** Changes overtook every attempt to load it. */
  | { state: 'superseded' }
  /** Another process held its lease all the time. */
  | { state: 'held' }

/** The one path by which a value gets into Redis: lease, load, fill. One outcome for each entry, in their order. */
export type Fill = <T>(request: FillRequest<T>) => Promise<Filled[]>

interface FillDeps {
  leases: Leases
  leasedLoads: LeasedLoads
  sleep(ms: number): Promise<void>
}

/** One attempt at entries: the loads to wait for, of which one may be `own`, and what other processes hold. */
interface Attempt {
  own: LeasedLoad | undefined
  loads: Map<LeasedLoad, Entry[]>
  held: Entry[]
}

type Outcomes = Map<string, Filled>

const maxRefusals = 3
const firstPauseMs = 5
const maxPauseMs = 100

export function createFill({ leases, leasedLoads, sleep }: FillDeps): Fill {
  /** Begins one load of all that can be leased, and joins loads of this process; what is alive is an outcome. */
  async function attempt<T>(
    request: FillRequest<T>,
    entries: readonly Entry[],
    outcomes: Outcomes,
  ): Promise<Attempt> {
    const { mode, unlessTtlMs, limits } = request
    const startedAt = performance.now()
    const taken = await leases.take(entries, mode, { unlessTtlMs, limitMs: limits?.leaseMs })
    const { token, answers, bookmarks } = taken
    const leased = entries.filter((_, i) => answers[i]?.state === 'leased')
    const own =
      leased.length > 0
        ? leasedLoads.begin({ leases, token, bookmarks, entries: leased, request, startedAt })
        : undefined
    const loads = new Map(own && [[own, leased]])
    const held: Entry[] = []
    entries.forEach((entry, i) => {
      const answer = answers[i]
      if (answer?.state === 'alive') outcomes.set(entry.key, answer)
      if (answer?.state !== 'held') return
      // The lease stands, so no change has come since that load began: its outcome is good enough for us.
      const load = leasedLoads.underWay(answer.holder)
      if (!load) held.push(entry)
      else if (!loads.get(load)?.push(entry)) loads.set(load, [entry])
    })
    return { own, loads, held }
  }

  /** Waits for loads. Answers the entries of which nothing came. */
  async function outcomesOf({ own, loads }: Attempt, isRead: boolean, outcomes: Outcomes): Promise<Entry[]> {
    const refused = Array.from(loads, async ([load, entries]) => {
      const { texts, unanswered } = await (load === own ? load : load.catch(nothingOfOneValue))
      // A reader's load began after the read did, or while the lease stood, so it may be handed out all the same.
      if (unanswered && !isRead) throw unanswered
      return entries.filter(({ key }) => {
        const text = texts.get(key)
        if (text !== undefined) outcomes.set(key, { state: unanswered ? 'loaded' : 'stored', text })
        return text === undefined
      })
    })
    return (await Promise.all(refused)).flat()
  }

  return async request => {
    const outcomes: Outcomes = new Map()
    const refusals = new Map<string, number>()
    const giveUpAt = performance.now() + request.waitMs
    let pauseMs = firstPauseMs
    let open: readonly Entry[] = uniqBy(request.entries, ({ key }) => key)

    while (open.length > 0) {
      const begun = await attempt(request, open, outcomes)
      const refused = await outcomesOf(begun, request.mode === 'read', outcomes)
      const again = refused.filter(({ key }) => {
        const count = (refusals.get(key) ?? 0) + 1
        refusals.set(key, count)
        if (count === maxRefusals) outcomes.set(key, { state: 'superseded' })
        return count < maxRefusals
      })
      if (begun.held.length > 0 && performance.now() < giveUpAt) {
        await sleep(pauseMs)
        pauseMs = Math.min(pauseMs * 2, maxPauseMs)
        open = [...again, ...begun.held]
      } else {
        for (const { key } of begun.held) outcomes.set(key, { state: 'held' })
        open = again
      }
    }
    return request.entries.map(({ key }) => outcomes.get(key) as Filled)
  }
}

/** What is wrong with one value is no answer for another's readers: they load theirs. */
function nothingOfOneValue(error: unknown): Awaited<LeasedLoad> {
  if (error instanceof HearthError && error.code === 'ColumnMismatch') return { texts: new Map() }
  throw error
}
