import type { Queue } from 'bullmq'
import type { Keys } from '../../cache/keys.ts'
import type { CacheRedis } from '../../cache/scripts.ts'
import { latestWorlds, type WorldFacts, worldFacts } from '../../cache/world-facts.ts'
import type { Actions } from '../../queues/actions.ts'
import { createAuditLog } from '../../queues/audit-log.ts'
import type { JobStatus } from '../../queues/find-job.ts'
import { type Counts, createFleetReader, type Minute } from '../../queues/fleet-counts.ts'
import { type Lane, readLanes, worldsBeingWarmed } from '../../queues/lanes.ts'
import type { QueueStore } from '../../queues/redis.ts'
import { auditRow } from './audit.ts'
import type { CensusKeeper } from './census-keeper.ts'
import type { AuditRow, LaneRow, Overview, ReadMinute, RoundRow, WorldRow } from './overview.ts'
import { createRate } from './rate.ts'

/** Where the overview looks. What a process does not have is shown as not available. */
export interface OverviewSources {
  cache: { redis: CacheRedis; keys: Keys }
  store: QueueStore
  /** How long a timeline lives when it is new, in milliseconds: its age is what is gone of that. */
  timelineLifeMs: number
  /** Recorded changes that wait to be relayed. */
  backlog?(): Promise<{ pending: number; oldestMs: number | null }>
  breakers?():
    | { name: string; state: string; since?: number }[]
    | Promise<{ name: string; state: string; since?: number }[]>
  rounds?(): Promise<RoundRow[]>
  /** Accepted events that are not yet in Neo4j, in the order of the worlds. */
  pending?(worldIds: readonly string[]): Promise<(number | null)[]>
}

export interface CollectDeps {
  sources: OverviewSources
  queues: readonly Queue[]
  actions: Actions | undefined
  census: CensusKeeper
  ready(): Promise<string[]>
}

const mostWorlds = 40
const minutesOfFleet = 60
const minutesOfWorld = 30
const popularOfWorld = 5
const actionsShown = 20
/** How often the outbox and the rounds are asked about. Milliseconds. */
const slowlyMs = 5_000

/** Looks everywhere once. What does not answer is a problem to be told, and leaves its part empty. */
export function createCollector({
  sources,
  queues,
  actions,
  census,
  ready,
}: CollectDeps): () => Promise<Overview> {
  const { cache, store, timelineLifeMs } = sources
  const fleet = createFleetReader(store)
  const readRate = createRate(10_000)
  const doneRate = createRate(60_000)
  const slowBacklog = createSlowLook<{ pending: number; oldestMs: number | null }>(slowlyMs)
  const auditLog = createAuditLog(store)
  const slowAudit = createSlowLook<AuditRow>(slowlyMs)
  const slowRounds = createSlowLook<RoundRow[]>(slowlyMs)
  /** What is being warmed and was done by hand last: where this has changed, worlds are to be counted anew. */
  let stateBefore = ''

  return async () => {
    const now = Date.now()
    const problems = new Set<string>()
    const or = <T, E>(looking: Promise<T>, empty: E): Promise<T | E> =>
      looking.catch((error: unknown) => {
        problems.add(error instanceof Error ? error.message : String(error))
        return empty
      })

    const [unready, minutes, latest, lanes, warming, done, outbox, breakers, rounds, audit] =
      await Promise.all([
        ready().catch(error => [String(error)]),
        or(fleet.minutes(minutesOfFleet, now), [] as Minute[]),
        or(latestWorlds(cache, 1_000), [] as [string, number][]),
        or(readLanes(queues, now), [] as Lane[]),
        or(worldsBeingWarmed(queues), [] as JobStatus[]),
        actions ? or(actions.newest(actionsShown), []) : [],
        sources.backlog ? slowBacklog(sources.backlog).catch(() => null) : null, // the process says itself that Neo4j is away
        sources.breakers ? or(Promise.resolve(sources.breakers()), null) : null,
        sources.rounds ? or(slowRounds(sources.rounds), null) : null,
        or(
          slowAudit(() => auditRow(auditLog)),
          null,
        ),
      ])
    for (const problem of unready) problems.add(problem)

    const state = `${warming.map(({ id }) => id).join()} ${done[0]?.at}`
    census.look(warming.length > 0 || state !== stateBefore)
    stateBefore = state

    const hottest = rank({ latest, minutes, warming, counted: census.last()?.entries ?? new Map() })
    const shown = hottest.slice(0, mostWorlds)
    const [facts, pending] = await Promise.all([
      or(worldFacts(cache, shown, { popular: popularOfWorld }), [] as WorldFacts[]),
      sources.pending ? or(sources.pending(shown), []) : [],
    ])

    const activeAt = new Map(latest)
    const worldRow = (id: string, i: number): WorldRow => {
      const counted = census.last()
      const job = warming.find(({ worldId }) => worldId === id)
      const history = minutesOf(minutes.slice(-minutesOfWorld), minute => minute.worlds.get(id))
      const fact = facts[i]
      return {
        id,
        lastActiveAt: activeAt.get(id) ?? null,
        present: counted ? (counted.entries.get(id) ?? 0) : null,
        countedAt: counted?.at ?? null,
        due: fact?.due ?? null,
        version: fact?.version ?? null,
        pending: pending[i] ?? null,
        minutes: history,
        perSecond: readRate.of(`world ${id}`, sumOf(history), now),
        popular: (fact?.popular ?? []).map(entity => ({
          ...entity,
          ageMs: entity.ttlMs === null ? null : Math.max(0, timelineLifeMs - entity.ttlMs),
        })),
        warming: job ? { queue: job.queue, id: job.id, state: job.state, progress: job.progress } : null,
      }
    }

    const history = minutesOf(minutes, minute => minute)
    return {
      at: now,
      problems: [...problems],
      reads: {
        perSecond: readRate.of('fleet', sumOf(history), now),
        minutes: history,
        kinds: kindsOf(minutes),
      },
      worlds: shown.map(worldRow),
      moreWorlds: hottest.length - shown.length,
      lanes: lanes.map(lane => laneRow(lane, doneRate.of(lane.name, lane.completed ?? 0, now))),
      workers: lanes.length === 0 ? null : maxOf(lanes.map(({ workers }) => workers)),
      outbox,
      breakers,
      rounds,
      audit,
      actions: done,
    }
  }
}

/** Worlds by what is read in these minutes, then those that are being warmed, then the latest that were active. */
function rank(known: {
  latest: readonly [string, number][]
  minutes: readonly Minute[]
  warming: readonly JobStatus[]
  counted: ReadonlyMap<string, number>
}): string[] {
  const heat = new Map<string, number>()
  for (const id of known.counted.keys()) heat.set(id, 0)
  for (const [id, at] of known.latest) heat.set(id, at / Number.MAX_SAFE_INTEGER)
  for (const { worldId } of known.warming) if (worldId !== null) heat.set(worldId, 1 / 2)
  for (const { worlds } of known.minutes.slice(-5)) {
    for (const [id, { hits, misses }] of worlds) heat.set(id, (heat.get(id) ?? 0) + hits + misses)
  }
  return [...heat.keys()].sort((a, b) => (heat.get(b) ?? 0) - (heat.get(a) ?? 0) || (a < b ? -1 : 1))
}

const minutesOf = (minutes: readonly Minute[], pick: (minute: Minute) => Counts | undefined): ReadMinute[] =>
  minutes.map(minute => ({
    at: minute.minute * 60_000,
    hits: pick(minute)?.hits ?? 0,
    misses: pick(minute)?.misses ?? 0,
  }))

const sumOf = (minutes: readonly Counts[]): number =>
  minutes.reduce((sum, { hits, misses }) => sum + hits + misses, 0)

function kindsOf(minutes: readonly Minute[]) {
  const kinds = new Map<string, { kind: string; hits: number; misses: number }>()
  for (const minute of minutes) {
    for (const [kind, { hits, misses }] of minute.kinds) {
      const sum = kinds.get(kind) ?? { kind, hits: 0, misses: 0 }
      sum.hits += hits
      sum.misses += misses
      kinds.set(kind, sum)
    }
  }
  return [...kinds.values()].sort((a, b) => b.hits + b.misses - (a.hits + a.misses))
}

const laneRow = ({ completed, workers: _, ...lane }: Lane, perSecond: number): LaneRow => ({
  ...lane,
  donePerMinute: completed === null ? null : perSecond * 60,
})

const maxOf = (counts: readonly (number | null)[]): number | null => {
  const known = counts.filter(count => count !== null)
  return known.length === 0 ? null : Math.max(...known)
}

/** Asks not more often than that, and answers meanwhile what it knows. */
function createSlowLook<T>(everyMs: number) {
  let known: { at: number; answer: Promise<T> } | undefined
  return (look: () => Promise<T>): Promise<T> => {
    if (!known || performance.now() - known.at >= everyMs) known = { at: performance.now(), answer: look() }
    return known.answer
  }
}
