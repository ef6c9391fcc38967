import { type ConnectionOptions, Queue, type RedisOptions } from 'bullmq'
import type { RedisOptions as IORedisOptions } from 'ioredis'
import { HearthError } from '../model/errors.ts'
import { isClusterAddress, noCluster, parseRedisAddress } from '../model/redis-address.ts'
import { leavingReplicas } from '../resilience/redis-failover.ts'
import { wayTo } from '../resilience/redis-sentinel.ts'
import { within } from '../resilience/within.ts'
import { kept, type QueueDefinition } from './define.ts'
import type { Telemetry } from './telemetry.ts'

/**
 * Where the queues' Redis is (its `maxmemory-policy` must be `noeviction`): a URL (`redis://…`,
 * `redis+sentinel://host1,host2/name`; `rediss…` for TLS) or ioredis options. Not a Redis Cluster.
 */
export type QueueAddress = string | RedisOptions

/** Which queues are meant: a server, and the prefix of all their keys there. */
export interface QueuePlace {
  address: QueueAddress
  /** Default `hearth`. */
  prefix?: string
}

export const defaultPrefix = 'hearth'

const reconnectMs = (times: number) => Math.min(50 * 2 ** Math.min(times, 6), 2_000)

/**
 * A connection on which a command is not answered for so long is made anew: one whose other end is gone without a word
 * would hang until the kernel gives it up, after many minutes. Milliseconds.
 */
export const silenceMs = 5_000
/** Where commands block: BullMQ's for ten seconds at most. */
const blockingSilenceMs = 20_000

/** For producers: a job that cannot be stored now is refused now, not kept in memory. */
export const producerConnection = (address: QueueAddress): ConnectionOptions => ({
  ...optionsOf(address),
  enableOfflineQueue: false,
  maxRetriesPerRequest: 1,
  connectTimeout: 2_000,
  socketTimeout: silenceMs,
  ...reconnecting(address, { resend: false }),
})

/** For workers: they wait for Redis as long as it takes. */
export const workerConnection = (address: QueueAddress): ConnectionOptions => ({
  ...optionsOf(address),
  maxRetriesPerRequest: null,
  socketTimeout: blockingSilenceMs,
  ...reconnecting(address, { resend: true }),
})

/** A connection does not stay with a server that takes no writes. With `resend` a refused command waits for the next. */
export function reconnecting(address: QueueAddress, { resend }: { resend: boolean }) {
  const reconnectOnError = typeof address === 'string' ? undefined : address.reconnectOnError
  return leavingReplicas({ retryStrategy: reconnectMs, reconnectOnError }, { resend })
}

export function openQueue(
  { name, options }: Pick<QueueDefinition<never>, 'name' | 'options'>,
  {
    telemetry,
    ...place
  }: { connection: ConnectionOptions; prefix: string; telemetry: Telemetry | undefined },
  onError: (error: Error) => void,
): Queue {
  const defaultJobOptions = { ...kept, ...options }
  const queue = new Queue(name, { ...place, defaultJobOptions, ...(telemetry && { telemetry }) })
  queue.on('error', onError)
  return queue
}

const goodbyeMs = 1_000

/** Closes a queue's connection, also where Redis is away, or answers nothing any more. */
export async function closeQueue(queue: Queue): Promise<void> {
  await within(goodbyeMs, queue.close()).catch(() => {
    queue.disconnect().catch(() => {}) // not waited for: the other end may be gone without a word
  })
}

/** @throws HearthError `InvalidInput` for what BullMQ cannot use, which it would otherwise look for at localhost */
function optionsOf(address: QueueAddress): RedisOptions {
  if (isClusterAddress(address)) throw new HearthError('InvalidInput', `queue: ${noCluster}.`)
  const given = typeof address === 'string' ? parseRedisAddress(address, 'queue') : address
  if (typeof given === 'string') return { url: given, ...wayTo() }
  const options = given as IORedisOptions
  if (Array.isArray(options) || 'isCluster' in options)
    throw new HearthError(
      'InvalidInput',
      "queue must be a URL or ioredis' options, not a connection or a list",
    )
  if (options.keyPrefix) {
    throw new HearthError(
      'InvalidInput',
      'queue.keyPrefix is not supported by BullMQ; set queuePrefix instead',
    )
  }
  return { ...wayTo(options.sentinels), ...options } as RedisOptions
}
