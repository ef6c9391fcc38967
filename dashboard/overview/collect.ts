import type { Queue } from 'bullmq'
import type { WorldFacts } from '../../cache/world-facts.ts'
import type { Actions } from '../../queues/actions.ts'
import type { JobStatus } from '../../queues/find-job.ts'
import type { Counts, Minute } from '../../queues/fleet-counts.ts'
import type { QueueStats } from '../../queues/queue-stats.ts'
import { causesOf } from './causes.ts'
import type { CensusKeeper } from './census-keeper.ts'
import type { Known } from './look.ts'
import { createLooks, type Looked, type OverviewSources } from './looks.ts'
import type {
  CauseRow,
  Overview,
  QueueStatsRow,
  ReadMinute,
  ServerName,
  ServerRow,
  WorldRow,
} from './overview.ts'
import { createRate } from './rate.ts'

export interface CollectDeps {
  sources: OverviewSources
  queues: readonly Queue[]
  actions: Actions | undefined
  census: CensusKeeper
}

const mostWorlds = 40
const minutesOfWorld = 30
/** So long none may act while one scheduler hands over to another. Milliseconds. */
const handOverMs = 500

/** Looks everywhere once, in two seconds at most. Of what does not answer the last that was known stays, with the cause. */
export function createCollector({ sources, queues, actions, census }: CollectDeps): () => Promise<Overview> {
  const { timelineLifeMs } = sources
  const names = sources.names ?? {
    cache: "the cache's Redis",
    queue: "the queues' Redis",
    source: 'The source',
  }
  const looks = createLooks({ sources, queues, actions })
  const readRate = createRate(10_000)
  const doneRate = createRate(60_000)
  const sinceWhen = createSinceWhen()
  let unledSince: number | undefined
  /** What is being warmed and was done by hand last: where this has changed, worlds are to be counted anew. */
  let stateBefore = ''

  function isLedNow({ isLed }: Looked, now: number): boolean | undefined {
    if (isLed.error || isLed.value === undefined) return undefined
    unledSince = isLed.value ? undefined : (unledSince ?? now)
    return unledSince === undefined || now - unledSince < handOverMs
  }

  function countAgain({ warming, actions }: Looked): void {
    const state = `${(warming.value ?? []).map(({ id }) => id).join()} ${actions.value?.[0]?.at}`
    census.look((warming.value ?? []).length > 0 || state !== stateBefore)
    stateBefore = state
  }

  return async () => {
    const looked = await looks.all()
    const servers = {
      cache: serverRow(names.cache, looked.servers.cache),
      queue: serverRow(names.queue, looked.servers.queue),
      source: serverRow(names.source, looked.servers.source),
    }
    countAgain(looked)

    const minutes = looked.minutes.value ?? []
    const latest = looked.latest.value ?? []
    const warming = servers.queue.isAway ? [] : (looked.warming.value ?? [])
    const queueStats = looked.queueStats.value ?? []
    const hottest = rank({ latest, minutes, warming, counted: census.last()?.entries ?? new Map() })
    const shown = hottest.slice(0, mostWorlds)
    const { facts, pending } = await looks.ofWorlds(shown, server => servers[server].isAway)

    const now = Date.now()
    const rateOf = (name: string, count: number) =>
      servers.queue.isAway ? null : readRate.of(name, count, now)
    const activeAt = new Map(latest)
    const worldRow = (id: string): WorldRow => {
      const counted = census.last()
      const job = warming.find(({ worldId }) => worldId === id)
      const history = minutesOf(minutes.slice(-minutesOfWorld), minute => minute.worlds.get(id))
      const fact = facts.value?.get(id)
      return {
        id,
        isKnown: fact !== undefined,
        lastActiveAt: activeAt.get(id) ?? null,
        present: counted ? (counted.entries.get(id) ?? 0) : null,
        countedAt: counted?.at ?? null,
        due: fact?.expectedEntries ?? null,
        version: fact?.version ?? null,
        pending: servers.queue.isAway ? null : (pending.value?.get(id) ?? null),
        minutes: history,
        perSecond: rateOf(`world ${id}`, sumOf(history)),
        popular: popularRows(fact, timelineLifeMs),
        warming: job ? { queue: job.queue, id: job.id, state: job.state, progress: job.progress } : null,
      }
    }

    const history = minutesOf(minutes, minute => minute)
    const workers = queueStats.length === 0 ? null : maxOf(queueStats.map(({ workers }) => workers))
    const causes = causesOf({
      servers: {
        cache: errorOf(looked.servers.cache),
        queue: errorOf(looked.servers.queue),
        source: errorOf(looked.servers.source),
      },
      names,
      cacheState: sources.cacheState?.(),
      isLed: isLedNow(looked, now),
      workers,
      paused: queueStats.filter(({ isPaused }) => isPaused).map(({ name }) => name),
      starting: sources.starting?.() ?? [],
      differing: sources.differing?.() ?? [],
      lacking: lackingOf({ ...looked, facts, pending }, servers),
    })
    return {
      at: now,
      causes: sinceWhen(causes, servers, now),
      servers,
      reads: {
        perSecond: rateOf('fleet', sumOf(history)),
        minutes: history,
        kinds: kindsOf(minutes),
      },
      worlds: shown.map(worldRow),
      moreWorlds: hottest.length - shown.length,
      queueStats: queueStats.map(stats =>
        queueStatsRow(stats, doneRate.of(stats.name, stats.completed ?? 0, now)),
      ),
      workers,
      outbox: looked.outbox.value ?? null,
      breakers: sources.breakers?.() ?? null,
      schedules: looked.schedules.value ?? null,
      audit: looked.audit.value ?? null,
      actions: looked.actions.value ?? [],
    }
  }
}

const errorOf = (looks: readonly Known<unknown>[]): Error | null =>
  looks.find(({ error }) => error !== undefined)?.error ?? null

function serverRow(name: string, looks: readonly Known<unknown>[]): ServerRow {
  const answers = looks.flatMap(({ at }) => at ?? [])
  return {
    name,
    isAway: errorOf(looks) !== null,
    answeredAt: answers.length === 0 ? null : Math.min(...answers),
  }
}

type Parts = Pick<Looked, 'warming' | 'isLed' | 'actions' | 'audit' | 'schedules' | 'outbox'> & {
  facts: Known<unknown>
  pending: Known<unknown>
}

/** What could not be asked for although its server answers; where it does not, that is the cause. */
function lackingOf(parts: Parts, servers: Record<ServerName, ServerRow>) {
  const all: [string, ServerName, Known<unknown>][] = [
    ['What is known of the worlds', 'cache', parts.facts],
    ['What is being warmed', 'queue', parts.warming],
    ['Whether a scheduler acts', 'queue', parts.isLed],
    ['What was done by hand', 'queue', parts.actions],
    ['What the audits found', 'queue', parts.audit],
    ['The rounds', 'queue', parts.schedules],
    ['The pending events', 'queue', parts.pending],
    ['The outbox', 'source', parts.outbox],
  ]
  return all.flatMap(([what, server, { error }]) => (error && !servers[server].isAway ? { what, error } : []))
}

/** Since when each cause has been seen without a break; that of a server, since it last answered. */
function createSinceWhen() {
  let since = new Map<string, number>()
  return (
    causes: readonly Omit<CauseRow, 'since'>[],
    servers: Record<string, ServerRow>,
    now: number,
  ): CauseRow[] => {
    since = new Map(causes.map(({ key }) => [key, since.get(key) ?? servers[key]?.answeredAt ?? now]))
    return causes.map(cause => ({ ...cause, since: since.get(cause.key) ?? now }))
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

const popularRows = (fact: WorldFacts | undefined, timelineLifeMs: number): WorldRow['popular'] =>
  (fact?.popular ?? []).map(entity => ({
    ...entity,
    ageMs: entity.ttlMs === null ? null : Math.max(0, timelineLifeMs - entity.ttlMs),
  }))

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

const queueStatsRow = (
  { completed, workers: _, ...stats }: QueueStats,
  perSecond: number,
): QueueStatsRow => ({
  ...stats,
  donePerMinute: completed === null ? null : perSecond * 60,
})

const maxOf = (counts: readonly (number | null)[]): number | null => {
  const known = counts.filter(count => count !== null)
  return known.length === 0 ? null : Math.max(...known)
}
