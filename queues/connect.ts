import { type ConnectionOptions, Queue, type RedisOptions } from 'bullmq'
import { HearthError } from '../model/errors.ts'
import { leavingReplicas } from '../resilience/redis-failover.ts'
import { ReasonedConnector } from '../resilience/redis-words.ts'
import { within } from '../resilience/within.ts'
import { kept, type QueueDefinition } from './define.ts'
import type { Telemetry } from './telemetry.ts'

/** Where the queues' Redis is (its `maxmemory-policy` must be `noeviction`): a URL or ioredis options. */
export type QueueAddress = string | RedisOptions

/** Which queues are meant: a server, and the prefix of all their keys there. */
export interface QueuePlace {
  address: QueueAddress
  /** Default `hearth`. */
  prefix?: string
}

export const defaultPrefix = 'hearth'

const reconnectMs = (times: number) => Math.min(50 * 2 ** Math.min(times, 6), 2_000)

/** For producers: a job that cannot be stored now is refused now, not kept in memory. */
export const producerConnection = (address: QueueAddress): ConnectionOptions => ({
  ...optionsOf(address),
  enableOfflineQueue: false,
  maxRetriesPerRequest: 1,
  connectTimeout: 2_000,
  ...reconnecting(address, { resend: false }),
})

/** For workers: they wait for Redis as long as it takes. */
export const workerConnection = (address: QueueAddress): ConnectionOptions => ({
  ...optionsOf(address),
  maxRetriesPerRequest: null,
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

function optionsOf(address: QueueAddress): RedisOptions {
  if (typeof address === 'string') return { url: address, Connector: ReasonedConnector }
  if (address.keyPrefix) {
    throw new HearthError(
      'InvalidInput',
      'queue.keyPrefix is not supported by BullMQ; set queuePrefix instead',
    )
  }
  return address.sentinels ? address : { Connector: ReasonedConnector, ...address }
}
