import type { RedisOptions as QueueOptions } from 'bullmq'
import { Redis, type RedisOptions } from 'ioredis'
import { connectionName } from '../resilience/this-process.ts'
import { type QueuePlace, reconnecting, silenceMs, workerConnection } from './connect.ts'

/** `use`: what the connection is for, in its name. */
export type OpenOptions = Omit<RedisOptions, 'replyMapping'> & { use?: string }

/** A connection to the queues' Redis, which is made again for ever. */
export function openRedis(place: QueuePlace, { use = 'other', ...options }: OpenOptions): Redis {
  const { url, ...given } = workerConnection(place) as QueueOptions
  const resend = (options.maxRetriesPerRequest ?? null) === null && options.enableOfflineQueue !== false
  const ours = { socketTimeout: silenceMs, ...reconnecting(place.address, { resend }), ...options }
  const all = { connectionName: connectionName('queue', use), ...given, ...ours }
  return url === undefined ? new Redis(all) : new Redis(url, all)
}
