import type { Logger } from 'pino'
import type { CacheObserver } from '../cache/observer.ts'
import { createMetrics, type Metrics } from '../dashboard/metrics.ts'
import { createOutboxMetrics } from '../dashboard/outbox-metrics.ts'
import { type Dashboard, startDashboard } from '../dashboard/server.ts'
import type { Hearth } from '../hearth.ts'
import { startPool } from '../jobs/pool.ts'
import { createLoads } from '../world/loads.ts'
import type { World } from '../world/world.ts'
import type { Closing } from './closing.ts'
import { openHearth, type RedisConfig, withoutPassword } from './connect.ts'
import { type Need, watchNeeds } from './needs.ts'
import { startRelaying } from './relaying.ts'

/** What a process does: work on jobs, or relay the outbox. */
export type Part = 'workers' | 'relay'

export interface ServingOptions {
  parts: readonly Part[]
  config: RedisConfig
  world: World
  /** What the world is to a person who has to start it; without it the world is always there. */
  worldName?: string
  log: Logger
  /** Hears when this process begins or ceases to be the one that acts, where one acts among many. */
  say?(what: string): void
  /** Hears what the metrics hear. */
  observe?: (metrics: Metrics) => CacheObserver
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

/** What `hearth dev`, `hearth worker` and `hearth scheduler` share. The pages come first, so that they can tell what is waited for. */
export async function startServing(options: ServingOptions): Promise<Serving> {
  const { parts, config, world, log, say = () => {}, closing, observe = metrics => metrics } = options
  const metrics = createMetrics()
  const outboxMetrics = createOutboxMetrics(metrics.registry)
  const hearth = openHearth({
    config,
    world,
    observer: observe(metrics),
    onTrouble: error => needs.suspect(error),
  })
  const needs = watchNeeds({ needs: needsOf(hearth, options), log })
  await closing.opened('Redis and the world', () => hearth.close())
  await closing.opened('the watch over servers', async () => needs.stop())

  const { host, port } = config
  const { queues } = hearth.producer
  const notYet = parts.map(part => `the ${part} ${part === 'relay' ? 'has' : 'have'} not started`)
  const ready = async () => [...(await needs.problems()), ...(working ? [] : notYet)]
  const dashboard = await startDashboard({ host, port, metrics, queues, ready, log })
  await closing.opened('the pages', () => dashboard.close())

  const onTrouble = needs.suspect
  const start: Record<Part, () => Promise<void>> = {
    async workers() {
      const pool = await startPool({
        address: config.queueRedisUrl ?? config.redisUrl,
        prefix: config.queuePrefix,
        deps: {
          cache: hearth.cache,
          world,
          loads: createLoads({ world, topK: config.topK }),
          chunkSize: config.warmChunk,
        },
        warmConcurrency: config.warmConcurrency,
        onFinished: metrics.jobFinished,
        onTrouble,
      })
      await closing.opened('the workers', () => pool.close(graceMs(config.shutdownMs)))
    },
    relay: () =>
      startRelaying({ config, hearth, world, metrics: outboxMetrics, log, say, onTrouble, closing }),
  }

  let working = false
  return {
    hearth,
    dashboard,
    async work(signal) {
      await needs.met(signal)
      for (const part of parts) {
        if (signal.aborted) return
        await start[part]()
      }
      working = true
    },
  }
}

function needsOf(hearth: Hearth, { parts, config, world, worldName }: ServingOptions): Need[] {
  const { redisUrl, queueRedisUrl = redisUrl } = config
  const cache: Need = { name: `Redis at ${withoutPassword(redisUrl)}`, check: () => hearth.cache.ping() }
  const queue: Need = {
    name: `the queues' Redis at ${withoutPassword(queueRedisUrl)}`,
    check: () => Promise.all(hearth.producer.queues.map(queue => queue.getJobCounts('active'))),
  }
  // The relay gets by without the cache: it only does again what it cannot see done.
  const needsCache = parts.includes('workers')
  return [
    ...(needsCache ? [cache] : []),
    ...(needsCache && queueRedisUrl === redisUrl ? [] : [queue]),
    ...(worldName === undefined ? [] : [{ name: worldName, check: () => world.ready() }]),
  ]
}

/** Most of the time that we have is the jobs'; the rest is for closing what they use. */
const graceMs = (shutdownMs: number): number => shutdownMs - Math.min(1_000, shutdownMs / 4)
