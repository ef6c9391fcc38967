import type { Logger } from 'pino'
import { type CacheObserver, combineObservers } from '../cache/observer.ts'
import type { Dashboard } from '../dashboard/server.ts'
import type { Differing } from '../hearth/comparison.ts'
import { type Hearth, partsOf } from '../hearth/hearth.ts'
import type { AuditObserver } from '../jobs/audit/deps.ts'
import { ageName, faults } from '../jobs/audit/payload.ts'
import { sweepPending } from '../jobs/flush/sweep.ts'
import { startPool } from '../jobs/pool/pool.ts'
import { createKinds } from '../model/kinds.ts'
import { scheduleNames, scheduleOutcomes } from '../queues/schedules/schedule.ts'
import { withoutPassword } from '../resilience/server-words.ts'
import { createAuditMetrics } from '../telemetry/audit-metrics.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { createOutboxMetrics } from '../telemetry/outbox-metrics.ts'
import { createPendingMetrics } from '../telemetry/pending-metrics.ts'
import { createScheduleMetrics } from '../telemetry/schedule-metrics.ts'
import { createServerMetrics, type ServerMetrics, type ServerName } from '../telemetry/server-metrics.ts'
import type { World } from '../world/world.ts'
import { loggingState } from './cache-state.ts'
import type { Closing } from './closing.ts'
import { openHearth, type RedisConfig } from './connect.ts'
import { type Need, watchNeeds } from './needs.ts'
import { openPages } from './pages.ts'
import { startRelaying } from './relaying.ts'
import { runSchedules } from './run-schedules.ts'
import { startTracing } from './tracing.ts'
import { loggingUnreadable } from './unreadable-log.ts'

/** What a process does beside its pages: work on jobs, relay the outbox, or run rounds by the clock. */
export type Part = 'workers' | 'relay' | 'schedules'

export interface ServingOptions {
  /** Of the command, by which traces tell its process from others. */
  name: string
  parts: readonly Part[]
  config: RedisConfig
  world: World
  /** What the world is to a person who has to start it; without it the world is always there. */
  worldName?: string
  log: Logger
  /** Looks at servers that answer; rejects where this process had better not start. Default: none. */
  check?(hearth: Hearth): Promise<void>
  /** Hears when this process begins or ceases to be the one that acts, where one acts among many. */
  say?(what: string): void
  /** Hears what the metrics hear. */
  observer?: Partial<CacheObserver>
  /** Is told of all that is opened, so whoever closes it undoes the start, finished or not. */
  closing: Closing
}

/** A process with its pages. It works once `work()` has resolved. */
export interface Serving {
  hearth: Hearth
  dashboard: Dashboard
  /** Waits for the servers that it needs, then starts its parts; unless `signal` is aborted first. */
  work(signal: AbortSignal): Promise<void>
}

/** What `hearth dev` and `serve` share. The pages come first, so that they can tell what is waited for. */
export async function startServing(options: ServingOptions): Promise<Serving> {
  const { name, parts, config, world, log, say = () => {}, check, closing, observer = {} } = options
  const tracing = await startTracing({ config, name, log, closing })
  const metrics = createMetrics({ kinds: createKinds(config.file.kinds).all })
  const outboxMetrics = createOutboxMetrics(metrics.registry)
  const scheduleMetrics = createScheduleMetrics(metrics.registry, {
    names: scheduleNames,
    outcomes: scheduleOutcomes,
  })
  const pendingMetrics = createPendingMetrics(metrics.registry)
  const agesMs = config.auditAgesMs.split(',').map(Number)
  const auditMetrics = createAuditMetrics(metrics.registry, {
    ages: agesMs.map(ageName),
    faults,
    kinds: createKinds(config.file.kinds).all,
  })
  const hearth = openHearth({
    config,
    world,
    metrics,
    observer: combineObservers([loggingState(log), observer]),
    countReads: true, // those of the HTTP API
    tracing,
    processName: name,
    onDiffering: loggingDiffering(log),
    onTrouble: error => needs.suspect(error),
    onUnreadable: loggingUnreadable(log),
  })
  const serverMetrics = createServerMetrics(metrics.registry)
  const needs = watchNeeds({ needs: needsOf(hearth, serverMetrics, options), log })
  await closing.opened('Redis and the world', () => hearth.close())
  await closing.opened('the watch over servers', async () => needs.stop())

  const notYet = parts.map(part => `the ${part} ${part === 'relay' ? 'has' : 'have'} not started`)
  const starting = () => (working ? [] : notYet)
  const ready = async () => [...(await needs.problems()), ...starting()]
  const onTrouble = needs.suspect
  const dashboard = await openPages({
    config,
    hearth,
    world,
    worldName: options.worldName ?? 'The made-up world',
    metrics,
    tracing,
    ready,
    starting,
    log,
    onTrouble,
    closing,
  })

  const start: Record<Part, () => Promise<void>> = {
    async workers() {
      const pool = await startPool({
        address: config.queueRedisUrl ?? config.redisUrl,
        prefix: config.queuePrefix,
        deps: partsOf(hearth).jobDeps({
          chunkSize: config.warmChunk,
          warmBudget: {
            entities: config.warmMaxEntities,
            ...(config.warmMaxBytes !== undefined && { bytes: config.warmMaxBytes }),
          },
        }),
        concurrency: { warm: config.warmConcurrency },
        onFinished: metrics.jobFinished,
        onFlushed: pendingMetrics.flushed,
        auditAgesMs: agesMs,
        onAudit: loggingFindings(auditMetrics, log),
        onTrouble,
      })
      await closing.opened('the workers', () => pool.close(graceMs(config.shutdownMs)))
      await sweepPending(partsOf(hearth)).catch(onTrouble) // what whoever accepted it could not enqueue
    },
    relay: () =>
      startRelaying({
        ...{ config, hearth, world, metrics: outboxMetrics, pendingMetrics, log, say, onTrouble, closing },
        registry: metrics.registry,
      }),
    schedules: () => runSchedules({ config, hearth, metrics: scheduleMetrics, log, onTrouble, closing }),
  }

  let working = false
  return {
    hearth,
    dashboard,
    async work(signal) {
      await needs.met(signal)
      if (!signal.aborted) await check?.(hearth)
      for (const part of parts) {
        if (signal.aborted) return
        await start[part]()
      }
      working = true
    },
  }
}

/** A line for each way in which other processes differ, and one when none does any more. */
function loggingDiffering(log: Logger): (differing: Differing | null) => void {
  return differing => {
    if (!differing) return log.info('all processes decide alike about cached values again')
    const { processes, differences, text } = differing
    log.warn({ processes, differences }, text)
  }
}

/** Also logs a line for each finding: of its values nothing. */
function loggingFindings(observer: AuditObserver, log: Logger): AuditObserver {
  return {
    ...observer,
    found(finding) {
      observer.found(finding)
      const { worldId, fault, detail, sinceMs, repaired, differences } = finding
      const facts = {
        worldId,
        entry: finding.subject,
        fault,
        since: new Date(sinceMs).toISOString(),
        repaired,
      }
      const fields = differences.map(({ field }) => field)
      log.warn({ ...facts, fields }, `an audit found ${finding.subject} of ${worldId} ${fault}: ${detail}`)
    },
  }
}

function needsOf(hearth: Hearth, metrics: ServerMetrics, options: ServingOptions): Need[] {
  const { parts, config, world, worldName } = options
  const { redisUrl, queueRedisUrl = redisUrl } = config
  const need = (server: ServerName, name: string, check: Need['check']): Need => ({
    ...{ name, check },
    looked: answers => metrics.answers(server, answers),
  })
  const cacheName = `Redis at ${withoutPassword(redisUrl)}`
  const cache = () => partsOf(hearth).cache.ping()
  const queue = () => partsOf(hearth).producer.probe()
  // The relay gets by without the cache, since it only does again what it cannot see done; a round that fails comes again.
  const needsCache = parts.length === 0 || parts.includes('workers')
  const isOne = needsCache && queueRedisUrl === redisUrl
  return [
    ...(isOne ? [need('cache', cacheName, () => Promise.all([cache(), queue()]))] : []),
    ...(needsCache && !isOne ? [need('cache', cacheName, cache)] : []),
    ...(isOne ? [] : [need('queue', `the queues' Redis at ${withoutPassword(queueRedisUrl)}`, queue)]),
    ...(worldName === undefined ? [] : [need('source', worldName, () => world.ready())]),
  ]
}

/** Most of the time that we have is the jobs'; the rest is for closing what they use. */
const graceMs = (shutdownMs: number): number => shutdownMs - Math.min(1_000, shutdownMs / 4)
