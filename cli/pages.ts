import { readFileSync } from 'node:fs'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { type Principal, parseTokens } from '../dashboard/access/tokens.ts'
import type { Metrics } from '../dashboard/metrics.ts'
import { type Dashboard, startDashboard } from '../dashboard/server.ts'
import { HearthError } from '../errors.ts'
import type { Hearth } from '../hearth.ts'
import { impatient, openRedis } from '../queues/redis.ts'
import { type RoundRow, readRounds } from '../queues/rounds/read.ts'
import { keepWritable } from '../redis-failover.ts'
import { withoutPassword } from '../server-words.ts'
import { createPrivacy } from '../world/privacy.ts'
import { parseTimestamp } from '../world/timestamp.ts'
import type { World } from '../world/world.ts'
import type { Closing } from './closing.ts'
import type { RedisConfig } from './connect.ts'
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
  const privacy = createPrivacy()

  const dashboard = await startDashboard({
    ...{ host, port, rateLimit, principals, metrics, tracing, ready, log, store },
    queues: hearth.producer.queues,
    backend: hearth,
    micros: parseTimestamp,
    overview: {
      cache: hearth.cache,
      store,
      timelineLifeMs: config.timelineTtlMs,
      names: {
        cache: `Redis at ${withoutPassword(config.redisUrl)}`,
        queue: `Redis at ${withoutPassword(address)}`,
        neo4j: worldName,
      },
      probes: {
        cache: () => hearth.cache.ping(),
        queue: () => hearth.producer.probe(),
        ...(world.ping && { neo4j: async () => world.ping?.() }),
      },
      trust: () => hearth.cache.trust.state,
      starting,
      backlog: () => world.outbox.backlog(),
      breakers: () => [{ name: "the cache's Redis", state: hearth.cache.trust.state }],
      rounds: async () => (await readRounds({ address, prefix: config.queuePrefix })).map(shownRound),
      pending: worldIds =>
        Promise.all(worldIds.map(async worldId => (await hearth.pending.first(worldId, 1)).pending)),
    },
    redact: value => privacy.flags({ value: value as never }).value,
    version: packageVersion(),
  })
  await closing.opened('the pages', () => dashboard.close())
  return dashboard
}

const shownRound = ({ name, expression, last, nextAt, skipped }: RoundRow) => ({
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
