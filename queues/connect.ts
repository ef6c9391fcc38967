import type { ConnectionOptions, Queue, RedisOptions } from 'bullmq'
import { HearthError } from '../errors.ts'

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

/** For those who add jobs: a job that cannot be stored now is refused now, not kept in memory. */
export const producerConnection = (address: QueueAddress): ConnectionOptions => ({
  ...optionsOf(address),
  enableOfflineQueue: false,
  maxRetriesPerRequest: 1,
  connectTimeout: 2_000,
  retryStrategy: reconnectMs,
})

/** For those who take jobs: they wait for Redis as long as it takes. */
export const workerConnection = (address: QueueAddress): ConnectionOptions => ({
  ...optionsOf(address),
  maxRetriesPerRequest: null,
  retryStrategy: reconnectMs,
})

/** Closes a queue's connection, also where Redis is not there to be told. */
export const closeQueue = (queue: Queue): Promise<void> => queue.close().catch(() => queue.disconnect())

function optionsOf(address: QueueAddress): RedisOptions {
  if (typeof address === 'string') return { url: address }
  if (address.keyPrefix) {
    throw new HearthError(
      'InvalidInput',
      'queue.keyPrefix is not supported by BullMQ; set queuePrefix instead',
    )
  }
  return address
}
