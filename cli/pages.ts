import { readFileSync } from 'node:fs'
import { packageVersion } from '../config/package-version.ts'
import type { Config } from '../config/read.ts'
import { type Principal, parseTokens } from '../dashboard/access/tokens.ts'
import type { OverviewSources } from '../dashboard/console/looks.ts'
import { type Dashboard, startDashboard } from '../dashboard/server.ts'
import { partsOf } from '../hearth/hearth.ts'
import { sourceEntries } from '../jobs/warm/source-entries.ts'
import { HearthError } from '../model/errors.ts'
import { createPrivacy } from '../model/privacy.ts'
import { impatient, openStore, type QueueStore } from '../queues/redis.ts'
import { readSchedules, type ScheduleRow } from '../queues/schedules/read.ts'
import { withoutPassword } from '../resilience/server-words.ts'
import { privacyOf, queuePlace } from './connect.ts'
import { operationsOf } from './fleet.ts'
import type { ServingContext } from './serving-context.ts'

export interface PagesOptions extends Omit<ServingContext, 'say'> {
  tracing: boolean
  /** What the world is to a person. */
  worldName: string
  ready(): Promise<string[]>
  /** What this process still waits for before it does its part. */
  starting(): string[]
}

/** The pages and the HTTP API of a process, over all that it has. */
export async function openPages(options: PagesOptions): Promise<Dashboard> {
  const { config, hearth, metrics, tracing, ready, log, closing } = options
  const privacy = createPrivacy(privacyOf(config))
  const dashboard = await startDashboard({
    host: config.host,
    port: config.port,
    rateLimit: config.rateLimit,
    principals: readTokens(config),
    metrics,
    tracing,
    ready,
    log,
    queues: partsOf(hearth).producer.queues,
    backend: hearth,
    operations: operationsOf(partsOf(hearth), config),
    overview: overviewSources(options, await openPagesStore(options)),
    redact: value => privacy.value(value as never),
    version: packageVersion(),
  })
  await closing.opened('the pages', () => dashboard.close())
  return dashboard
}

/** Where the pages keep what they share with those of other processes. */
async function openPagesStore({ config, hearth, onError, closing }: PagesOptions): Promise<QueueStore> {
  const { queueConnection: connection } = partsOf(hearth)
  const store = openStore({ ...queuePlace(config), connection, onError }, impatient)
  await closing.opened("the pages' Redis", async () => store.redis.disconnect())
  return store
}

function overviewSources(options: PagesOptions, store: QueueStore): OverviewSources {
  const { config, hearth, world, worldName, starting } = options
  const { cache, producer, queueConnection: connection, pending, differing } = partsOf(hearth)
  const { near } = cache
  const place = queuePlace(config)
  return {
    cache,
    store,
    names: {
      cache: `Redis at ${withoutPassword(config.redisUrl)}`,
      queue: `Redis at ${withoutPassword(place.address)}`,
      source: worldName,
    },
    probes: {
      cache: () => cache.ping(),
      queue: () => producer.probe(),
      source: async () => world.ping?.(),
    },
    cacheState: () => cache.cacheState.current,
    doubted: () => cache.cacheState.doubted,
    starting,
    differing: () => differing().map(({ text }) => text),
    ...(near && { near: () => near.stats }),
    backlog: () => world.outbox.backlog(),
    pendingTotals: () => pending.totals(),
    schedules: async () => (await readSchedules({ ...place, connection })).map(shownSchedule),
    deadWorlds: () => pending.deadWorlds(deadWorldsShown),
    async pending(worldIds) {
      const counts = worldIds.map(async id => [id, (await pending.first(id, 1)).pending] as const)
      return new Map(await Promise.all(counts))
    },
    pendingWorlds: pending.worlds,
    pendingOf: pending.ofWorld,
    inSource: (worldId, popular) => sourceEntries({ world, kinds: cache.keys.kinds }, worldId, popular),
  }
}

const deadWorldsShown = 100

const shownSchedule = ({ name, expression, last, nextAt, skipped, caughtUp }: ScheduleRow) => ({
  name,
  expression,
  skipped,
  caughtUp,
  outcome: last?.outcome ?? null,
  reason: last?.reason ?? null,
  by: last?.by ?? null,
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
    const problem = `HEARTH_TOKENS_FILE is "${tokensFile}", which cannot be read: ${cause}`
    throw new HearthError('InvalidConfig', problem, { cause })
  }
  return parseTokens(text, `HEARTH_TOKENS_FILE (${tokensFile})`)
}
