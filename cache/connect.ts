import { type ClusterNode, Redis, type RedisOptions } from 'ioredis'
import { HearthError } from '../model/errors.ts'
import { parseRedisAddress } from '../model/redis-address.ts'
import { leavingReplicas } from '../resilience/redis-failover.ts'
import { wayTo } from '../resilience/redis-sentinel.ts'
import { rememberErrors } from '../resilience/redis-words.ts'
import { waitingOptions } from '../resilience/replicated-scripts.ts'
import { openCluster } from './cluster.ts'
import type { CacheRedis } from './scripts.ts'

/** ioredis' options, but for how replies are mapped, which is ours to choose. */
export type ServerOptions = Omit<RedisOptions, 'replyMapping'>

/**
 * Where the cache's Redis is: a URL (`redis://…`, `redis+sentinel://host1,host2/name`, `redis+cluster://host1,host2`;
 * `rediss…` for TLS), ioredis options, or nodes of a Redis Cluster, at least one, of which it learns the others.
 */
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

/**
 * A connection of its own for changes that wait for replicas, since nothing behind them on it is answered before. It
 * leaves a server that takes no writes.
 */
export function connectChanges(address: CacheAddress, onError: (error: Error) => void): CacheRedis {
  const redis = open(address, {
    ...failFast,
    ...waitingOptions(failFast),
    ...leavingReplicas(failFast, { resend: false }),
  })
  redis.on('error', onError)
  return rememberErrors(redis)
}

function open(address: CacheAddress, defaults: ServerOptions): CacheRedis {
  const given = typeof address === 'string' ? parseRedisAddress(address, 'cache') : address
  if (typeof given === 'string') return new Redis(given, { ...defaults, ...wayTo() })
  if ('cluster' in given) {
    refuseKeyPrefix('cache.options', given.options)
    return openCluster(given.cluster, { ...defaults, ...given.options })
  }
  refuseKeyPrefix('cache', given)
  return new Redis({ ...defaults, ...wayTo(given.sentinels), ...given })
}

function refuseKeyPrefix(field: string, options: ServerOptions = {}): void {
  if (options.keyPrefix === undefined || options.keyPrefix === '') return
  throw new HearthError(
    'InvalidInput',
    `${field}.keyPrefix is not supported: every key is named in full; use another database`,
  )
}
