import { retry } from 'es-toolkit'
import { type Config, readConfig } from '../config/read.ts'
import { type Hearth, partsOf } from '../hearth/hearth.ts'
import type { HearthOptions } from '../hearth/options.ts'
import type { Parts } from '../hearth/parts.ts'
import type { Operations } from '../jobs/operations.ts'
import { HearthError } from '../model/errors.ts'
import type { QueuePlace } from '../queues/connect.ts'
import { prefixesWithWorkers } from '../queues/workers.ts'
import { addressOf } from '../resilience/redis-place.ts'
import { isDefinite, isRefusal, withoutPassword, wordsOf } from '../resilience/server-words.ts'
import type { World } from '../world/world.ts'
import { openHearth, queuePlace, type RedisConfig } from './connect.ts'
import { operationsOf } from './fleet.ts'
import { noWorld } from './no-world.ts'
import { orRunningDev } from './running-dev.ts'
import { note } from './terminal.ts'

/** What commander made of a command's options; those that are settings are for `readConfig`. */
export type Flags = Readonly<Record<string, unknown>>

export interface Opened extends Pick<Parts, 'cache' | 'producer' | 'pending'> {
  config: RedisConfig
  hearth: Hearth
  operations: Operations
}

interface OpenOptions extends Pick<HearthOptions, 'observer'> {
  /** Default: none, so that what is not warm cannot be loaded. */
  source?(config: Config): World | Promise<World>
}

/** Opens a hearth for one command, and closes it when the command is done. */
export async function withHearth(
  flags: Flags,
  { source = noWorld, ...options }: OpenOptions,
  run: (opened: Opened) => Promise<void>,
): Promise<void> {
  const config = readConfig({ flags: orRunningDev(flags), needs: ['redisUrl'] })
  const hearth = openHearth({ config, world: await source(config), ...options })
  try {
    const { cache, producer, pending } = partsOf(hearth)
    const operations = operationsOf({ cache, producer, pending }, config)
    await run({ config, hearth, operations, cache, producer, pending })
  } finally {
    await hearth.close()
  }
}

/** The Neo4j that is configured, if there is one. */
export async function neo4jIfConfigured({ neo4jUri, ...config }: Config): Promise<World> {
  if (neo4jUri === undefined) return noWorld()
  const { openNeo4j } = await import('./open-neo4j.ts')
  return openNeo4j({ ...config, neo4jUri })
}

const patienceMs = 3_000
const againMs = 100

/**
 * Throws `CacheUnavailable` where the cache's Redis refuses us or does not answer. A command that has just begun is
 * patient, since this machine may be busy; what says that waiting does not help is thrown at once.
 */
export async function requireCache(hearth: Hearth, redisUrl: string): Promise<void> {
  const { cache } = partsOf(hearth)
  const until = performance.now() + patienceMs
  const shouldRetry = (error: unknown) => !isDefinite(wordsOf(error)) && performance.now() <= until
  await retry(() => cache.ping(), { delay: againMs, shouldRetry }).catch(cause => {
    const words = wordsOf(cause)
    const what = isRefusal(words) ? 'refuses this command' : 'does not answer'
    const problem = `Redis at ${withoutPassword(redisUrl)} ${what}: ${words}`
    throw new HearthError('CacheUnavailable', problem, { cause })
  })
}

/**
 * Gives a command that has just begun the time to connect to the cache. Where it can't, what it does is deferred, as the
 * library promises.
 */
export async function connectFirst({ hearth, config }: Pick<Opened, 'hearth' | 'config'>): Promise<void> {
  await requireCache(hearth, config.redisUrl).catch(() => {})
}

/** Waits for jobs at the queues' place, and says after some seconds if no worker is there to take them. */
export async function awaiting<T>(
  { config, producer }: Pick<Opened, 'config' | 'producer'>,
  wait: (place: ReturnType<typeof queuePlace>) => Promise<T>,
): Promise<T> {
  const place = queuePlace(config)
  const warning = warnWithoutWorkers({ producer }, place)
  return wait(place).finally(warning.stop)
}

/**
 * While a command waits for a job: says for which workers, once, where none has answered within `afterMs`: a worker that is
 * just starting gets so long.
 */
export function warnWithoutWorkers(
  { producer }: Pick<Parts, 'producer'>,
  { address, prefix }: Required<QueuePlace>,
  { afterMs = 5_000, say = note }: { afterMs?: number; say?(what: string): void } = {},
): { stop(): void } {
  const look = async () => {
    const prefixes = await prefixesWithWorkers(producer.queues)
    if (prefixes === 'unknown' || prefixes.includes(prefix)) return
    const flag = (other: string) => `--queue-prefix ${other} (or HEARTH_QUEUE_PREFIX=${other})`
    const others =
      prefixes.length > 0
        ? ` There are workers of other prefixes: say ${prefixes.map(flag).join(', or ')}.`
        : ''
    say(
      `No worker answers for the prefix ${JSON.stringify(prefix)} at ${addressOf(address)}; the job waits for one: ` +
        `start it with \`hearth worker\`.${others}`,
    )
  }
  const timer = setTimeout(() => look().catch(() => {}), afterMs) // what waits for the job says that Redis is away
  return { stop: () => clearTimeout(timer) }
}
