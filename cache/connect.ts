import { Cluster, type ClusterNode, Redis, type RedisOptions } from 'ioredis'
import { HearthError } from '../model/errors.ts'
import { leavingReplicas } from '../resilience/redis-failover.ts'
import { ReasonedConnector, rememberErrors } from '../resilience/redis-words.ts'
import type { CacheRedis } from './scripts.ts'

/** ioredis' options, but for how replies are mapped, which is ours to choose. */
export type ServerOptions = Omit<RedisOptions, 'replyMapping'>

/** Where the cache's Redis is: a URL, ioredis options, or the nodes of a Redis Cluster. */
export type CacheAddress = string | ServerOptions | { cluster: ClusterNode[]; options?: ServerOptions }

/**
 * A command waits this long, a lost one is sent once more. No auto-pipelining: it holds every answer back until the
 * last one is there, which costs more than it saves.
 */
const failFast = {
  maxRetriesPerRequest: 1,
  connectTimeout: 2_000,
  commandTimeout: 1_000,
  retryStrategy: (times: number) => Math.min(50 * 2 ** Math.min(times, 6), 2_000),
} satisfies ServerOptions

/**
 * Connects in the background. `onError` hears of lost connections, which mend themselves. A server that takes no
 * writes is left: nothing else watches over this connection.
 */
export function connectCache(address: CacheAddress, onError: (error: Error) => void): CacheRedis {
  const redis = open(address, { ...failFast, ...leavingReplicas(failFast, { resend: false }) })
  redis.on('error', onError)
  return rememberErrors(redis)
}

/**
 * A connection of its own for reads and direct invalidations, which must not wait behind what jobs store. How long each
 * may take is for those who ask to say: a timer for every command would cost more than the command. It leaves a server
 * that takes no writes when the breaker says so, and not by itself: reads must not trust the next server at once.
 */
export function connectReads(address: CacheAddress, onError: (error: Error) => void): CacheRedis {
  const { commandTimeout: _, ...withoutTimer } = failFast
  const redis = open(address, { ...withoutTimer, retryStrategy: times => Math.min(50 * times, 500) })
  redis.on('error', onError)
  return rememberErrors(redis)
}

function open(address: CacheAddress, defaults: ServerOptions): CacheRedis {
  if (typeof address === 'string') return new Redis(address, { ...defaults, Connector: ReasonedConnector })
  if ('cluster' in address) {
    return new Cluster(address.cluster, {
      redisOptions: { ...defaults, ...address.options },
    })
  }
  if ('keyPrefix' in address) {
    throw new HearthError(
      'InvalidInput',
      'cache.keyPrefix is not supported: every key is named in full; use another database',
    )
  }
  const telling = address.sentinels ? {} : { Connector: ReasonedConnector }
  return new Redis({ ...defaults, ...telling, ...address })
}
