import { pick, sumBy } from 'es-toolkit'
import type { JobStatus } from '../../queues/find-job.ts'
import type { MinuteOfWorld } from '../../queues/fleet-counts.ts'
import type { CensusKeeper } from './census-keeper.ts'
import type { WorldRow } from './overview.ts'
import { minutesOf, type Rate, readsOf } from './reads.ts'

/** What the worlds of one moment are shown by. */
export interface WorldsKnown {
  /** When each was last active, the latest first. */
  latest: readonly [worldId: string, at: number][]
  /** How often each was read in the last minutes, of those that were read most. */
  hottest: ReadonlyMap<string, number>
  warming: readonly JobStatus[]
}

/** The same, and what was asked about those that are shown. */
interface WorldsShown extends WorldsKnown {
  /** How many entries each has when all is warm; null for one that was never warmed. */
  due: ReadonlyMap<string, number | null>
  pending: ReadonlyMap<string, number>
  reads: ReadonlyMap<string, readonly MinuteOfWorld[]>
  census: Pick<CensusKeeper, 'of'>
  queueIsAway: boolean
  rate: Rate
  now: number
}

/** Worlds by what is read of them, then those that are being warmed, then the latest that were active. */
export function rank({ latest, hottest, warming }: WorldsKnown): string[] {
  const heat = new Map<string, number>()
  for (const [id, at] of latest) heat.set(id, at / Number.MAX_SAFE_INTEGER)
  for (const { worldId } of warming) if (worldId !== null) heat.set(worldId, 1 / 2)
  for (const [id, reads] of hottest) heat.set(id, (heat.get(id) ?? 0) + reads)
  return [...heat.keys()].sort((a, b) => (heat.get(b) ?? 0) - (heat.get(a) ?? 0) || (a < b ? -1 : 1))
}

/** One row for each world, in this order. */
export function worldRows(ids: readonly string[], known: WorldsShown): WorldRow[] {
  const { reads, warming, census, due, pending, queueIsAway, rate, now } = known
  const activeAt = new Map(known.latest)
  return ids.map(id => {
    const job = warming.find(({ worldId }) => worldId === id)
    const history = minutesOf(reads.get(id) ?? [])
    return {
      id,
      isKnown: due.has(id),
      lastActiveAt: activeAt.get(id) ?? null,
      present: census.of(id),
      due: due.get(id) ?? null,
      pending: queueIsAway ? null : (pending.get(id) ?? null),
      minutes: history,
      perSecond: queueIsAway ? null : rate.of(`world ${id}`, sumBy(history, readsOf), now),
      warming: job ? pick(job, ['queue', 'id', 'state', 'progress']) : null,
    }
  })
}
