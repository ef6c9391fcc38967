import { HearthError } from '../model/errors.ts'
import { type Breaker, createBreaker } from '../resilience/breaker.ts'
import { reasonOf } from '../resilience/redis-words.ts'
import { within } from '../resilience/within.ts'
import { type CacheState, type CacheStateTracker, createCacheState, type Recorded } from './cache-state.ts'
import { firstConnection, probeWritable, reviveStuck } from './connection-watch.ts'
import { createPrimaries, type Primaries } from './primaries.ts'
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
  /** The connection of changes that wait for replicas, with the primaries behind it. */
  changes: { redis: CacheRedis; primaries: Primaries } | undefined
  /** How many replicas a primary must have that is read from. */
  replicas: number
  /** How long the probe may take. Milliseconds. */
  limitMs: number
  delivered(span: Recorded): Promise<boolean>
  onState(state: CacheState): void
}

/** How often an idle process probes Redis. Milliseconds. */
const heartbeatMs = 250
const pingMs = 1_000

export function createAvailability(deps: AvailabilityDeps): Availability {
  const { redis, reads, changes, replicas, limitMs, delivered, onState } = deps
  const isWatched = reads !== redis
  const probed = changes ? [reads, changes.redis] : [reads]
  const connections = [...new Set([redis, ...probed])]
  const firsts = isWatched ? probed.map(firstConnection) : []
  const connecting = () => firsts.some(first => first.connecting)
  const connected = Promise.all(firsts.map(({ over }) => over)).then(() => {})
  const primaries = createPrimaries(reads, replicas)
  const breaker = createBreaker({
    async probe() {
      if (connecting()) return
      await Promise.all([
        probeWritable(reads, primaries).then(identity.is),
        changes && probeWritable(changes.redis, changes.primaries),
      ])
    },
    limitMs,
    everyMs: isWatched ? heartbeatMs : 0,
  })
  const cacheState = createCacheState({ breaker, delivered, onState })
  const identity = createIdentity(cacheState)
  if (isWatched) {
    reads.on('close', () => {
      if (!connecting()) identity.isUnknown()
      breaker.suspect()
    })
    if (replicas > 0) identity.isUnknown()
    void connected.then(breaker.suspect)
  }
  const stopReviving = reviveStuck(connections, breaker)

  return {
    breaker,
    cacheState,
    connecting,
    firstConnected: () => connected,
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

/** Reads rely on what another server holds only when recorded changes have been delivered. */
function createIdentity(cacheState: Pick<CacheStateTracker, 'suspend' | 'doubt'>) {
  let settle: ((which: 'same' | 'other') => void) | undefined
  return {
    /** Between connections any server may be the next. */
    isUnknown(): void {
      if (settle) return
      const same = new Promise<void>((resolve, reject) => {
        settle = which => (which === 'same' ? resolve() : reject(new Error('another server answers')))
      })
      cacheState.suspend(same)
    },
    is(which: 'same' | 'other'): void {
      if (settle) settle(which)
      else if (which === 'other') cacheState.doubt()
      settle = undefined
    },
  }
}
