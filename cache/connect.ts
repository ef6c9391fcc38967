import { Redis } from 'ioredis'
import { leavingReplicas } from '../resilience/redis-failover.ts'
import { placeOf, type RedisAddress, type ServerOptions } from '../resilience/redis-place.ts'
import { wayTo } from '../resilience/redis-sentinel.ts'
import { rememberErrors } from '../resilience/redis-words.ts'
import { gatherWrites } from '../resilience/redis-writes.ts'
import { waitingOptions } from '../resilience/replicated-scripts.ts'
import { connectionName } from '../resilience/this-process.ts'
import { openCluster } from './cluster.ts'
import type { CacheRedis } from './scripts.ts'

/** Where the cache's Redis is. */
export type CacheAddress = RedisAddress

/**
 * A command waits this long, a lost one is sent once more. No auto-pipelining: it holds every answer back until the
 * last one is there; `gatherWrites` saves as much, and holds nothing back.
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
  const redis = open(address, {
    ...failFast,
    ...leavingReplicas(failFast, { resend: false }),
    connectionName: connectionName('cache', 'store'),
  })
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
  const redis = open(address, {
    ...withoutTimer,
    retryStrategy: times => Math.min(50 * times, 500),
    connectionName: connectionName('cache', 'reads'),
  })
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
    connectionName: connectionName('cache', 'changes'),
    ...leavingReplicas(failFast, { resend: false }),
  })
  redis.on('error', onError)
  return rememberErrors(redis)
}

const open = (address: CacheAddress, defaults: ServerOptions): CacheRedis =>
  gatherWrites(opened(address, defaults))

function opened(address: CacheAddress, defaults: ServerOptions): CacheRedis {
  const place = placeOf(address, 'cache')
  if (typeof place === 'string') return new Redis(place, { ...defaults, ...wayTo() })
  if ('cluster' in place) return openCluster(place.cluster, { ...defaults, ...place.options })
  return new Redis({ ...defaults, ...wayTo(place.sentinels), ...place })
}
