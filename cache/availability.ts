import { HearthError } from '../model/errors.ts'
import { type Breaker, createBreaker } from '../resilience/breaker.ts'
import { reasonOf } from '../resilience/redis-words.ts'
import { within } from '../resilience/within.ts'
import { type CacheState, type CacheStateTracker, createCacheState, type Recorded } from './cache-state.ts'
import { firstConnection, probeWritable, reviveStuck } from './connection-watch.ts'
import type { CacheRedis } from './scripts.ts'

/** Whether the cache's Redis is asked, and whether reads trust what it answers. */
export interface Availability {
  readonly breaker: Breaker
  readonly cacheState: CacheStateTracker
  /** Whether the connection of reads is being made for the first time. */
  connecting(): boolean
  /** Resolves when the connection of reads is there for the first time, or was refused, or took two seconds. */
  firstConnected(): Promise<void>
  /** Resolves when Redis answers; rejects with `CacheUnavailable` where it does not, in its own words. */
  ping(): Promise<void>
  stop(): void
}

interface AvailabilityDeps {
  redis: CacheRedis
  /** The connection of reads. Where it is not `redis`, it is probed while idle. */
  reads: CacheRedis
  /** How long the probe may take. Milliseconds. */
  limitMs: number
  delivered(span: Recorded): Promise<boolean>
  onState(state: CacheState): void
}

/** How often an idle process probes Redis. Milliseconds. */
const heartbeatMs = 250
const pingMs = 1_000

export function createAvailability({
  redis,
  reads,
  limitMs,
  delivered,
  onState,
}: AvailabilityDeps): Availability {
  const isWatched = reads !== redis
  const connections = isWatched ? [redis, reads] : [redis]
  const first = isWatched ? firstConnection(reads) : undefined
  const connecting = () => first?.connecting ?? false
  const breaker = createBreaker({
    probe: async () => connecting() || (await probeWritable(reads)),
    limitMs,
    everyMs: isWatched ? heartbeatMs : 0,
  })
  if (isWatched) reads.on('close', breaker.suspect)
  const cacheState = createCacheState({ breaker, delivered, onState })
  const stopReviving = reviveStuck(connections, breaker)

  return {
    breaker,
    cacheState,
    connecting,
    firstConnected: () => first?.over ?? Promise.resolve(),
    async ping() {
      const unavailable = (cause: unknown) =>
        new HearthError('CacheUnavailable', reasonOf(cause, reads), { cause })
      if (!breaker.closed) throw unavailable(breaker.reason)
      const answers = Promise.all(connections.map(connection => connection.ping()))
      await within(pingMs, answers).catch(cause => {
        throw unavailable(cause)
      })
    },
    stop() {
      cacheState.stop()
      breaker.stop()
      stopReviving()
    },
  }
}
