import { pick, sumBy } from 'es-toolkit'
import type { WorldFacts } from '../../cache/world-facts.ts'
import type { JobStatus } from '../../queues/find-job.ts'
import type { Minute } from '../../queues/fleet-counts.ts'
import type { CensusKeeper } from './census-keeper.ts'
import type { WorldRow } from './overview.ts'
import { minutesOf, type Rate, readsOf } from './reads.ts'

/** What the worlds of one moment are shown by. */
export interface WorldsKnown {
  /** When each was last active, the latest first. */
  latest: readonly [worldId: string, at: number][]
  minutes: readonly Minute[]
  warming: readonly JobStatus[]
  census: ReturnType<CensusKeeper['last']>
}

/** The same, and what was asked about those that are shown. */
interface WorldsShown extends WorldsKnown {
  facts: ReadonlyMap<string, WorldFacts>
  pending: ReadonlyMap<string, number>
  queueIsAway: boolean
  /** How long an entry lives that is counted, in milliseconds: its age is what is gone of that. */
  lifeMs: number
  rate: Rate
  now: number
}

/** Worlds by what is read in these minutes, then those that are being warmed, then the latest that were active. */
export function rank({ latest, minutes, warming, census }: WorldsKnown): string[] {
  const heat = new Map<string, number>()
  for (const id of census?.entries.keys() ?? []) heat.set(id, 0)
  for (const [id, at] of latest) heat.set(id, at / Number.MAX_SAFE_INTEGER)
  for (const { worldId } of warming) if (worldId !== null) heat.set(worldId, 1 / 2)
  for (const { worlds } of minutes.slice(-5)) {
    for (const [id, counts] of worlds) heat.set(id, (heat.get(id) ?? 0) + readsOf(counts))
  }
  return [...heat.keys()].sort((a, b) => (heat.get(b) ?? 0) - (heat.get(a) ?? 0) || (a < b ? -1 : 1))
}

const minutesShown = 30

/** One row for each world, in this order. */
export function worldRows(ids: readonly string[], known: WorldsShown): WorldRow[] {
  const { minutes, warming, census, facts, pending, queueIsAway, lifeMs, rate, now } = known
  const activeAt = new Map(known.latest)
  return ids.map(id => {
    const job = warming.find(({ worldId }) => worldId === id)
    const history = minutesOf(minutes.slice(-minutesShown), minute => minute.worlds.get(id))
    const fact = facts.get(id)
    return {
      id,
      isKnown: fact !== undefined,
      lastActiveAt: activeAt.get(id) ?? null,
      present: census ? (census.entries.get(id) ?? 0) : null,
      due: fact?.expectedEntries ?? null,
      version: fact?.version ?? null,
      pending: queueIsAway ? null : (pending.get(id) ?? null),
      minutes: history,
      perSecond: queueIsAway ? null : rate.of(`world ${id}`, sumBy(history, readsOf), now),
      popular: (fact?.popular ?? []).map(entity => ({
        ...entity,
        ageMs: entity.ttlMs === null ? null : Math.max(0, lifeMs - entity.ttlMs),
      })),
      warming: job ? pick(job, ['queue', 'id', 'state', 'progress']) : null,
    }
  })
}
