import type { RedisOptions as QueueOptions } from 'bullmq'
import { Redis, type RedisOptions } from 'ioredis'
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
