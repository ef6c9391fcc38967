import { type CacheObserver, combineObservers } from '../cache/observer.ts'
import type { Dashboard } from '../dashboard/server.ts'
import { type Hearth, partsOf } from '../hearth/hearth.ts'
import { withoutPassword } from '../resilience/server-words.ts'
import type { ServerName } from '../telemetry/server-metrics.ts'
import { openHearth, queuePlace } from './connect.ts'
import { type Dependency, watchDependencies } from './dependencies.ts'
import { openPages } from './pages.ts'
import { loggingDiffering, loggingNear, loggingState, loggingUnreadable } from './process-log.ts'
import { createProcessMetrics, type ProcessMetrics } from './process-metrics.ts'
import { startRelaying } from './relaying.ts'
import { runSchedules } from './run-schedules.ts'
import type { ServingContext } from './serving-context.ts'
import { startTracing } from './tracing.ts'
import { startWorking } from './working.ts'

/** What a process does beside its pages: work on jobs, relay the outbox, or run schedules by the clock. */
export type Part = 'workers' | 'relay' | 'schedules'

export interface ServingOptions
  extends Pick<ServingContext, 'config' | 'world' | 'log' | 'closing'>,
    Partial<Pick<ServingContext, 'say'>> {
  /** Of the command, by which traces and other processes know this one. */
  name: string
  parts: readonly Part[]
  /** What the world is to a person who has to start it; without it the world is always there. */
  worldName?: string
  /** Whether this process serves the reads of a game, and so has a near cache. Default false. */
  near?: boolean
  /** Looks at servers that answer; rejects where this process had better not start. Default: none. */
  check?(hearth: Hearth): Promise<void>
  /** Hears what the metrics hear. */
  observer?: Partial<CacheObserver>
}

/** A process with its pages. It works once `work()` has resolved. */
export interface Serving {
  hearth: Hearth
  dashboard: Dashboard
  /** Waits for the servers that it needs, then starts its parts; unless `signal` is aborted first. */
  work(signal: AbortSignal): Promise<void>
}

const startPart: Record<Part, (context: ServingContext) => Promise<void>> = {
  workers: startWorking,
  relay: startRelaying,
  schedules: runSchedules,
}

/** What `hearth dev` and `serve` share. The pages come first, so that they can show what is waited for. */
export async function startServing(options: ServingOptions): Promise<Serving> {
  const { name, parts, config, world, worldName, log, say = () => {}, near = false, check, closing } = options
  const tracing = await startTracing({ config, name, log, closing })
  const metrics = createProcessMetrics(config)
  const dependencies = watchDependencies({ log })
  const onError = dependencies.suspect
  const hearth = openHearth({
    config,
    world,
    metrics: metrics.hearth,
    observer: combineObservers([loggingState(log), loggingNear(log), options.observer ?? {}]),
    countReads: true, // those of the HTTP API
    near,
    tracing,
    processName: name,
    onDiffering: loggingDiffering(log),
    onError,
    onUnreadable: loggingUnreadable(log),
  })
  await closing.opened('Redis and the world', () => hearth.close())
  dependencies.watch(dependenciesOf(hearth, metrics, options))
  await closing.opened('the watch over servers', async () => dependencies.stop())

  const context: ServingContext = { config, world, log, say, closing, hearth, metrics, onError }
  let working = false
  const starting = () => (working ? [] : parts.map(notStarted))
  const dashboard = await openPages({
    ...context,
    worldName: worldName ?? 'The made-up world',
    tracing,
    starting,
    ready: async () => [...(await dependencies.problems()), ...starting()],
  })

  return {
    hearth,
    dashboard,
    async work(signal) {
      await dependencies.met(signal)
      if (!signal.aborted) await check?.(hearth)
      for (const part of parts) {
        if (signal.aborted) return
        await startPart[part](context)
      }
      working = true
    },
  }
}

const notStarted = (part: Part): string => `the ${part} ${part === 'relay' ? 'has' : 'have'} not started`

/** The servers that this process cannot work without; two that are one server are one. */
function dependenciesOf(hearth: Hearth, metrics: ProcessMetrics, options: ServingOptions): Dependency[] {
  const { parts, config, world, worldName } = options
  const { redisUrl } = config
  const { address } = queuePlace(config)
  const dependency = (server: ServerName, name: string, check: Dependency['check']): Dependency => ({
    name,
    check,
    looked: answers => metrics.servers.answers(server, answers),
  })
  const { cache, producer } = partsOf(hearth)
  const cacheName = `Redis at ${withoutPassword(redisUrl)}`
  const queue = () => producer.probe()
  const all: Dependency[] = []
  // The relay gets by without the cache, since it only does again what it cannot see done; a round that fails comes again.
  const needsCache = parts.length === 0 || parts.includes('workers')
  if (needsCache && address === redisUrl) {
    all.push(dependency('cache', cacheName, () => Promise.all([cache.ping(), queue()])))
  } else {
    if (needsCache) all.push(dependency('cache', cacheName, () => cache.ping()))
    all.push(dependency('queue', `the queues' Redis at ${withoutPassword(address)}`, queue))
  }
  if (worldName !== undefined) all.push(dependency('source', worldName, () => world.ready()))
  return all
}
