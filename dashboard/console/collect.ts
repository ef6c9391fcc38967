import { maxBy, sumBy } from 'es-toolkit'
import type { ServerName } from '../../telemetry/server-metrics.ts'
import { causesOf } from './causes.ts'
import type { CensusKeeper } from './census-keeper.ts'
import type { Known } from './look.ts'
import { createLooks, type Looked, type LooksDeps } from './looks.ts'
import type { CauseRow, Overview, ServerRow } from './overview.ts'
import { createRate, kindsOf, minutesOf, readsOf } from './reads.ts'
import { createStates } from './states.ts'
import { rank, worldRows } from './worlds.ts'

export type CollectDeps = LooksDeps & { census: CensusKeeper }

const maxWorlds = 8

/** Looks everywhere once, in two seconds at most. Of what does not answer the last that was known stays, with the cause. */
export function createCollector({ census, ...deps }: CollectDeps): () => Promise<Overview> {
  const { sources } = deps
  const { cache, names } = sources
  const { counted } = cache.keys.kinds
  const looks = createLooks(deps)
  const readRate = createRate(10_000)
  const sinceWhen = createSinceWhen()
  const leadership = createLeadershipWatch()
  const statesOf = createStates()
  const recount = createCounting(census)

  return async () => {
    const looked = await looks.all()
    const servers = mapServers(server => serverRow(names[server], looked.servers[server]))
    const queueIsAway = servers.queue.isAway
    const minutes = looked.minutes.value ?? []
    const known = {
      latest: looked.latest.value ?? [],
      hottest: looked.hottest.value ?? new Map(),
      warming: queueIsAway ? [] : (looked.warming.value ?? []),
    }
    const ranked = rank(known)
    const shown = ranked.slice(0, maxWorlds)
    recount(looked, shown)
    const { due, pending, reads } = await looks.ofWorlds(shown, server => servers[server].isAway)

    const now = Date.now()
    const stats = looked.queueStats.value ?? []
    const history = minutesOf(minutes)
    const workers = maxBy(stats, each => each.workers ?? -1)?.workers ?? null
    const isLed = leadership(looked, now)
    const causes = causesOf({
      servers: mapServers(server => errorOf(looked.servers[server])),
      names,
      cacheState: sources.cacheState(),
      doubted: sources.doubted?.(),
      isLed,
      queues: stats,
      dead: looked.dead.value,
      audit: looked.audit.value,
      starting: sources.starting(),
      differing: sources.differing(),
      lacking: lackingOf({ ...looked, due, pending, reads }, servers),
    })
    return {
      at: now,
      causes: sinceWhen(causes, servers, now),
      servers,
      states: statesOf({ servers, cacheState: sources.cacheState(), isLed, workers }, now),
      reads: {
        perSecond: queueIsAway ? null : readRate.of('fleet', sumBy(history, readsOf), now),
        minutes: history,
        nearHits: minutes.map(({ near }) => near),
        kinds: kindsOf(minutes),
      },
      countedKinds: counted.map(({ name }) => name),
      worlds: worldRows(shown, {
        ...known,
        due: due.value ?? new Map(),
        pending: pending.value ?? new Map(),
        reads: reads.value ?? new Map(),
        census,
        queueIsAway,
        rate: readRate,
        now,
      }),
      moreWorlds: Math.max(looked.worlds.value ?? 0, ranked.length) - shown.length,
      queueStats: stats,
      workers,
      outbox: looked.outbox.value ?? null,
      pending: looked.pendingTotals.value ?? null,
      warming: queueIsAway ? null : (looked.warming.value?.length ?? null),
      near: sources.near?.() ?? null,
    }
  }
}

const mapServers = <T>(of: (server: ServerName) => T): Record<ServerName, T> => ({
  cache: of('cache'),
  queue: of('queue'),
  source: of('source'),
})

/** So long none may act while one scheduler hands over to another. Milliseconds. */
const handOverMs = 500

/** Whether a scheduler acts; not known where the queues' Redis does not say. */
function createLeadershipWatch() {
  let wasLed = false
  let unledSince: number | undefined
  return ({ isLed }: Looked, now: number): boolean | undefined => {
    if (isLed.error || isLed.value === undefined) return undefined
    unledSince = isLed.value ? undefined : (unledSince ?? now)
    if (unledSince !== undefined && now - unledSince >= handOverMs) return false
    wasLed ||= isLed.value
    return wasLed ? true : undefined
  }
}

/** Has worlds counted anew where what is being warmed, or was done by hand last, has changed. */
function createCounting(census: CensusKeeper) {
  let before = ''
  return ({ warming: { value: warming = [] }, lastAction }: Looked, shown: readonly string[]): void => {
    const state = `${warming.map(({ id }) => id).join()} ${lastAction.value?.at}`
    void census.look(shown, warming.length > 0 || state !== before)
    before = state
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

type Parts = Pick<
  Looked,
  'worlds' | 'hottest' | 'warming' | 'isLed' | 'audit' | 'outbox' | 'pendingTotals' | 'dead'
> & {
  due: Known<unknown>
  pending: Known<unknown>
  reads: Known<unknown>
}

/** What could not be asked for although its server answers; where it does not, that is the cause. */
function lackingOf(parts: Parts, servers: Record<ServerName, ServerRow>) {
  const all: [what: string, ServerName, Known<unknown>][] = [
    ['How much the worlds have', 'cache', parts.due],
    ['How many worlds there are', 'cache', parts.worlds],
    ['What is read most', 'queue', parts.hottest],
    ['What is read of the worlds', 'queue', parts.reads],
    ['What is being warmed', 'queue', parts.warming],
    ['Whether a scheduler acts', 'queue', parts.isLed],
    ['What the audits found', 'queue', parts.audit],
    ['The pending events', 'queue', parts.pending],
    ['How many events are pending', 'queue', parts.pendingTotals],
    ['The refused events', 'queue', parts.dead],
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
