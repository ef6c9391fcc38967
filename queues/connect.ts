import type { ConnectionOptions, Queue, RedisOptions } from 'bullmq'
import { HearthError } from '../model/errors.ts'
import { leavingReplicas } from '../resilience/redis-failover.ts'
import { TellingConnector } from '../resilience/redis-words.ts'
import { within } from '../resilience/within.ts'

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
  ...reconnecting(address, { resend: false }),
})

/** For those who take jobs: they wait for Redis as long as it takes. */
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

const goodbyeMs = 1_000

/** Closes a queue's connection, also where Redis is not there to be told, or says nothing any more. */
export async function closeQueue(queue: Queue): Promise<void> {
  await within(goodbyeMs, queue.close()).catch(() => {
    queue.disconnect().catch(() => {}) // not waited for: the other end may be gone without a word
  })
}

function optionsOf(address: QueueAddress): RedisOptions {
  if (typeof address === 'string') return { url: address, Connector: TellingConnector }
  if (address.keyPrefix) {
    throw new HearthError(
      'InvalidInput',
      'queue.keyPrefix is not supported by BullMQ; set queuePrefix instead',
    )
  }
  return address.sentinels ? address : { Connector: TellingConnector, ...address }
}
