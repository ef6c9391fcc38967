import { type Config, readConfig } from '../config/read.ts'
import { type Hearth, partsOf } from '../hearth/hearth.ts'
import type { HearthOptions } from '../hearth/options.ts'
import type { Parts } from '../hearth/parts.ts'
import type { QueuePlace } from '../queues/connect.ts'
import { prefixesWithWorkers } from '../queues/workers.ts'
import { addressOf } from '../resilience/redis-words.ts'
import type { World } from '../world/world.ts'
import { openHearth, openNeo4j, queuePlace, type RedisConfig } from './connect.ts'
import { noWorld } from './no-world.ts'
import type { Flags } from './setting-flags.ts'
import { note } from './terminal.ts'

export interface Opened extends Pick<Parts, 'cache' | 'producer' | 'pending'> {
  config: RedisConfig
  hearth: Hearth
}

interface OpenOptions extends Pick<HearthOptions, 'observer'> {
  /** Default: none, so that what is not warm cannot be loaded. */
  source?(config: Config): World
}

/** Opens a hearth for one command, and closes it when the command is done. */
export async function withHearth(
  flags: Flags,
  { source = noWorld, ...options }: OpenOptions,
  run: (opened: Opened) => Promise<void>,
): Promise<void> {
  const config = readConfig({ flags, needs: ['redisUrl'] })
  const hearth = openHearth({ config, world: source(config), ...options })
  try {
    const { cache, producer, pending } = partsOf(hearth)
    await run({ config, hearth, cache, producer, pending })
  } finally {
    await hearth.close()
  }
}

/** The Neo4j that is configured, if there is one. */
export const neo4jIfConfigured = ({ neo4jUri, ...config }: Config): World =>
  neo4jUri === undefined ? noWorld() : openNeo4j({ ...config, neo4jUri })

/** Waits for jobs at the queues' place, and says after some seconds if no worker is there to take them. */
export async function awaiting<T>(
  { config, producer }: Pick<Opened, 'config' | 'producer'>,
  wait: (place: ReturnType<typeof queuePlace>) => Promise<T>,
): Promise<T> {
  const place = queuePlace(config)
  const warning = warnWithoutWorkers({ producer }, place)
  return wait(place).finally(warning.stop)
}

interface Warning {
  /** A worker that is just starting gets so long. Milliseconds, default 5,000. */
  afterMs?: number
  say?(what: string): void
}

/** While a command waits for a job: says for which workers, once, where none has answered for some seconds. */
export function warnWithoutWorkers(
  { producer }: Pick<Parts, 'producer'>,
  { address, prefix }: Required<QueuePlace>,
  { afterMs = 5_000, say = note }: Warning = {},
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
