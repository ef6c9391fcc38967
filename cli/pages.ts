import { readFileSync } from 'node:fs'
import type { Logger } from 'pino'
import type { Config } from '../config/read.ts'
import { type Principal, parseTokens } from '../dashboard/access/tokens.ts'
import type { Backend } from '../dashboard/api/backend.ts'
import { type Dashboard, startDashboard } from '../dashboard/server.ts'
import { type Hearth, partsOf } from '../hearth/hearth.ts'
import { HearthError } from '../model/errors.ts'
import { createPrivacy } from '../model/privacy.ts'
import { impatient, openRedis } from '../queues/redis.ts'
import { readSchedules, type ScheduleRow } from '../queues/schedules/read.ts'
import { keepWritable } from '../resilience/redis-failover.ts'
import { withoutPassword } from '../resilience/server-words.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { World } from '../world/world.ts'
import type { Closing } from './closing.ts'
import { privacyOf, type RedisConfig } from './connect.ts'
import { packageVersion } from './version.ts'

export interface PagesOptions {
  config: RedisConfig
  hearth: Hearth
  world: World
  metrics: Metrics
  tracing: boolean
  /** What the world is to a person. */
  worldName: string
  ready: () => Promise<string[]>
  /** What this process still waits for before it does its part. */
  starting(): string[]
  log: Logger
  onTrouble(error: Error): void
  closing: Closing
}

/** The pages and the HTTP API of a process, over all that it has. */
export async function openPages(options: PagesOptions): Promise<Dashboard> {
  const { config, hearth, world, worldName, metrics, tracing, ready, starting, log, onTrouble, closing } =
    options
  const { host, port, rateLimit } = config
  const principals = readTokens(config)
  const address = config.queueRedisUrl ?? config.redisUrl
  const redis = openRedis(address, impatient, onTrouble)
  const probing = keepWritable(redis, `${config.queuePrefix}:probe`)
  await closing.opened("the pages' Redis", async () => {
    probing.stop()
    redis.disconnect()
  })
  const store = { redis, prefix: config.queuePrefix }
  const privacy = createPrivacy(privacyOf(config))
  const differing = () =>
    partsOf(hearth)
      .differing()
      .map(({ text }) => text)

  const dashboard = await startDashboard({
    ...{ host, port, rateLimit, principals, metrics, tracing, ready, log, store },
    queues: partsOf(hearth).producer.queues,
    differing,
    backend: hearth as Backend,
    kinds: partsOf(hearth).cache.keys.kinds,
    overview: {
      cache: partsOf(hearth).cache,
      store,
      timelineLifeMs: config.timelineTtlMs,
      names: {
        cache: `Redis at ${withoutPassword(config.redisUrl)}`,
        queue: `Redis at ${withoutPassword(address)}`,
        source: worldName,
      },
      probes: {
        cache: () => partsOf(hearth).cache.ping(),
        queue: () => partsOf(hearth).producer.probe(),
        ...(world.ping && { source: async () => world.ping?.() }),
      },
      cacheState: () => partsOf(hearth).cache.cacheState.current,
      starting,
      differing,
      backlog: () => world.outbox.backlog(),
      breakers: () => [{ name: "the cache's Redis", state: partsOf(hearth).cache.cacheState.current }],
      schedules: async () =>
        (await readSchedules({ address, prefix: config.queuePrefix })).map(shownSchedule),
      pending: worldIds =>
        Promise.all(worldIds.map(async worldId => (await partsOf(hearth).pending.first(worldId, 1)).pending)),
    },
    redact: value => privacy.value(value as never),
    version: packageVersion(),
  })
  await closing.opened('the pages', () => dashboard.close())
  return dashboard
}

const shownSchedule = ({ name, expression, last, nextAt, skipped }: ScheduleRow) => ({
  ...{ name, expression, skipped },
  lastRunAt: last?.at.getTime() ?? null,
  tookMs: last?.tookMs ?? null,
  nextRunAt: nextAt.getTime(),
})

/** Throws `InvalidConfig`, which never shows a token. */
export function readTokens({ tokens, tokensFile }: Pick<Config, 'tokens' | 'tokensFile'>): Principal[] {
  if (tokens !== undefined && tokensFile !== undefined)
    throw new HearthError('InvalidConfig', 'Set HEARTH_TOKENS or HEARTH_TOKENS_FILE, not both')
  if (tokens !== undefined) return parseTokens(tokens, 'HEARTH_TOKENS')
  if (tokensFile === undefined) return []
  let text: string
  try {
    text = readFileSync(tokensFile, 'utf8')
  } catch (cause) {
    throw new HearthError(
      'InvalidConfig',
      `HEARTH_TOKENS_FILE is "${tokensFile}", which cannot be read: ${cause}`,
      {
        cause,
      },
    )
  }
  return parseTokens(text, `HEARTH_TOKENS_FILE (${tokensFile})`)
}
