import type { RedisOptions as QueueOptions } from 'bullmq'
import { Redis, type RedisOptions } from 'ioredis'
import { HearthError } from '../errors.ts'
import { type QueueAddress, workerConnection } from './connect.ts'

/** A connection to the queues' Redis for what is no queue. It reconnects for ever; `onTrouble` hears when it is lost. */
export function openRedis(
  address: QueueAddress,
  options: Omit<RedisOptions, 'replyMapping'>,
  onTrouble: (error: Error) => void,
): Redis {
  const { url, ...given } = workerConnection(address) as QueueOptions
  const all = { ...given, ...options }
  const redis = url === undefined ? new Redis(all) : new Redis(url, all)
  redis.on('error', onTrouble)
  return redis
}

/** The queues' Redis for what is no queue, and what all keys there begin with. */
export interface QueueStore {
  redis: Redis
  prefix: string
}

/** What Redis answered; `QueueUnavailable` where it did not, or answered with an error. */
export async function queueAnswered<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new HearthError('QueueUnavailable', `the queues' Redis did not answer: ${reason}`, { cause })
  }
}

/** For what a person or a request waits for: a command that cannot be answered soon fails. */
export const impatient = { maxRetriesPerRequest: 1, enableOfflineQueue: false, commandTimeout: 1_500 }
