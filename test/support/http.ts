import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import type { RedisConfig } from '../../cli/connect.ts'
import { operationsOf } from '../../cli/fleet.ts'
import { parseTokens } from '../../dashboard/access/tokens.ts'
import type { Backend } from '../../dashboard/api/backend.ts'
import type { OverviewSources } from '../../dashboard/console/looks.ts'
import { type DashboardDeps, startDashboard } from '../../dashboard/server.ts'
import { sourceEntries } from '../../jobs/warm/source-entries.ts'
import { impatient, openStore } from '../../queues/redis.ts'
import { createMetrics } from '../../telemetry/metrics.ts'
import { openHearth } from './setup.ts'

/** Tokens of each role, long enough to be valid. */
export const tokens = {
  reader: 'reader-token-of-a-test',
  game: 'game-token-of-a-test',
  ops: 'operator-token-of-a-test',
}
export const tokensSetting = `reader:read:${tokens.reader},game:write:${tokens.game},ops:operate:${tokens.ops}`

/** A hearth in front of an embedded world, with its pages. With `secured` they ask for tokens. */
export async function openPages(
  options: {
    secured?: boolean
    deps?: Partial<DashboardDeps>
    overview?: Partial<OverviewSources>
    backend?: Partial<Backend>
    hearth?: Parameters<typeof openHearth>[0]
  } = {},
) {
  const { hearth, world, place } = openHearth(options.hearth)
  const { near } = hearth.cache
  const { redis } = openStore({ address: place.address }, impatient)
  onTestFinished(() => redis.disconnect())
  if (redis.status !== 'ready') await new Promise(resolve => redis.once('ready', resolve))
  const backend = { ...hearth, ...options.backend } as Backend
  const store = { redis, prefix: place.prefix }
  const dashboard = await startDashboard({
    host: '127.0.0.1',
    port: 0,
    metrics: createMetrics(),
    ready: async () => [],
    log: pino({ level: process.env.TEST_LOG ?? 'silent' }),
    queues: hearth.producer.queues,
    backend,
    operations: operationsOf(hearth, {
      redisUrl: place.address,
      queuePrefix: place.prefix,
      popularityHalfLifeMs: 3_600_000,
    } as RedisConfig),
    tracing: false,
    redact: value => value,
    version: '0',
    rateLimit: 60_000,
    overview: {
      cache: hearth.cache,
      store,
      names: { cache: "the cache's Redis", queue: "the queues' Redis", source: 'The source' },
      probes: {
        cache: () => hearth.cache.ping(),
        queue: () => hearth.producer.probe(),
        source: async () => {},
      },
      cacheState: () => hearth.cache.cacheState.current,
      doubted: () => hearth.cache.cacheState.doubted,
      ...(near && { near: () => near.stats }),
      starting: () => [],
      differing: () => [],
      backlog: () => world.outbox.backlog(),
      pendingTotals: async () => ({ pending: 0, dead: 0, oldestMs: 0 }),
      schedules: async () => [],
      pending: async () => new Map(),
      pendingWorlds: hearth.pending.worlds,
      pendingOf: hearth.pending.ofWorld,
      inSource: (worldId, popular) =>
        sourceEntries({ world, kinds: hearth.cache.keys.kinds }, worldId, popular),
      deadWorlds: () => hearth.pending.deadWorlds(100),
      ...options.overview,
    },
    principals: options.secured ? parseTokens(tokensSetting, 'HEARTH_TOKENS') : [],
    ...options.deps,
  })
  onTestFinished(() => dashboard.close())
  return {
    hearth,
    world,
    place,
    store,
    backend,
    dashboard,
    url: dashboard.url,
    api: `${dashboard.url}/api/v1`,
  }
}

export interface Asked {
  method?: string
  body?: unknown
  token?: string
  headers?: Record<string, string>
}

/** Sends JSON, and returns the status and the JSON of the answer. */
export async function ask(url: string, { method, body, token, headers = {} }: Asked = {}) {
  const response = await fetch(url, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    redirect: 'manual',
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const type = response.headers.get('content-type') ?? ''
  return {
    status: response.status,
    type,
    headers: response.headers,
    text,
    json: type.includes('json') ? JSON.parse(text) : undefined,
  }
}
