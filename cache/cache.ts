import { HearthError } from '../model/errors.ts'
import { parseJsonText } from '../model/json-text.ts'
import { createKinds, type Kinds } from '../model/kinds.ts'
import type { Target } from '../model/target.ts'
import { createTtlPolicy, type TtlOptions, type TtlPolicy } from '../model/ttl-policy.ts'
import { type Breaker, createBreaker } from '../resilience/breaker.ts'
import { reasonOf } from '../resilience/redis-words.ts'
import { within } from '../resilience/within.ts'
import { createAbsences } from './absences.ts'
import { type ActiveWorlds, createActiveWorlds } from './active-worlds.ts'
import { type Amend, createAmend } from './amend.ts'
import { type CacheStateTracker, createCacheState, type Recorded } from './cache-state.ts'
import { type Confirmations, createConfirmations } from './confirmations.ts'
import { firstConnection, probeWritable, reviveStuck } from './connection-watch.ts'
import { createEarlyExpiry } from './early-expiry.ts'
import { createExpectedEntries, type ExpectedEntries } from './expected-entries.ts'
import { createFill, type Fill } from './fill.ts'
import { inspectWorld, type WarmReport } from './inspect.ts'
import { createKeys, type Entry, type Keys } from './keys.ts'
import { createKnownTtls } from './known-ttls.ts'
import { createLeases, type Leases } from './leases.ts'
import { createLocalCache, type LocalCache, type OutageCacheOptions } from './local-cache.ts'
import { type CacheObserver, noObserver } from './observer.ts'
import { type Peek, peek } from './peek.ts'
import { createPopularity, type Popularity } from './popularity.ts'
import { createQuarantine, type Quarantine } from './quarantine.ts'
import { createRead, patience, type Read } from './read.ts'
import { createReadCounts, type ReadCounts, type ReadCountsOptions } from './read-counts.ts'
import type { CacheRedis, Scripts } from './scripts.ts'
import { createSharedLoads } from './shared-loads.ts'
import { createTimedGet, untimedGet } from './timed-get.ts'
import { ttlsMs } from './ttl.ts'
import { createVersions, type Versions } from './versions.ts'
import { cachedTargets, type WalkPlace, worldPage } from './world-keys.ts'
import { createWriteThrough, type WriteThrough } from './write-through.ts'

/** The cache's Redis, and everything that Hearth does there. */
export interface Cache {
  readonly redis: CacheRedis
  /** The connection of reads and direct invalidations, which do not wait behind what jobs store. */
  readonly reads: CacheRedis
  readonly keys: Keys
  readonly leases: Leases
  /** For changes: on the connection of reads. */
  readonly direct: Pick<Leases, 'invalidate'>
  /** Whether Redis is asked, and whether reads trust it. */
  readonly breaker: Breaker
  readonly cacheState: CacheStateTracker
  readonly localCache: Pick<LocalCache, 'drop'>
  readonly fill: Fill
  readonly read: Read
  /** Of values whose numbers keep their digits, for who writes them out again; see `ExactNumber`. */
  readonly exactRead: Read
  readonly writeThrough: WriteThrough
  amend: Amend
  readonly quarantine: Quarantine
  readonly versions: Versions
  readonly confirmations: Confirmations
  readonly popularity: Popularity
  readonly activeWorlds: ActiveWorlds
  readonly expectedEntries: ExpectedEntries
  /** Of the game's own reads, which is why who reads tells it and the reader does not. */
  readonly readCounts: ReadCounts
  /** How long a load may take before another may start one. Milliseconds. */
  readonly leaseMs: number
  /** How long entries of one world still live: 0 for one that is not there, Infinity for one without end. Milliseconds. */
  ttlsMs(entries: readonly Entry[]): Promise<number[]>
  readonly ttlPolicy: Pick<TtlPolicy, 'longestMs' | 'usualMs'>
  /** Entries of one world as they stand, their leases too; touches nothing. */
  peek(worldId: string, entries: readonly Entry[]): Promise<Peek>
  /** All keys of a world, page by page. */
  page(worldId: string, place: WalkPlace): ReturnType<typeof worldPage>
  inspect(worldId: string): Promise<WarmReport>
  /** What there is to invalidate of a world, page by page. */
  targetsOf(worldId: string): AsyncIterable<Target[]>
  /** Resolves when the connection of reads is there for the first time, or was refused, or took two seconds. */
  firstConnected(): Promise<void>
  /** Resolves when Redis answers; rejects with `CacheUnavailable` where it does not, in its own words. */
  ping(): Promise<void>
  close(): Promise<void>
}

export interface CacheOptions {
  /** Closed together with the cache. */
  redis: CacheRedis
  /**
   * Another connection to the same server, for reads and direct invalidations. Closed too. Default: `redis`; then nobody
   * watches over it, and a read waits as long as the connection allows.
   */
  reads?: CacheRedis
  /** Whether no change recorded in this span waits to be delivered. Default: yes, nobody records any. */
  delivered?(span: Recorded): Promise<boolean>
  /** What this process loaded a moment ago, for while Redis is away. */
  outageCache?: OutageCacheOptions
  lives?: TtlOptions
  /** How long a load may take before another may start one. Milliseconds, default 10,000. */
  leaseMs?: number
  /** How long a reader waits for somebody else's load before it loads for itself, unfilled. Milliseconds, default 1,000. */
  waitMs?: number
  /** World ids in braces, for a Redis Cluster. Default: where `redis` is one. */
  cluster?: boolean
  /** Default: the built-in ones. */
  kinds?: Kinds
  observer?: CacheObserver
  readCounts?: ReadCountsOptions
  /** For tests: other scripts, and a clock that waits differently. */
  scripts?: Scripts
  sleep?(ms: number): Promise<void>
}

/** So soon a process notices an outage in which it reads nothing. */
const heartbeatMs = 250
const pingMs = 1_000

export function createCache({
  redis,
  reads = redis,
  delivered = async () => true,
  outageCache: outageCacheOptions = {},
  lives: livesOptions = {},
  leaseMs = 10_000,
  waitMs = 1_000,
  cluster = redis.isCluster,
  kinds = createKinds(),
  observer = noObserver,
  readCounts = {},
  scripts,
  sleep = ms => new Promise(resolve => setTimeout(resolve, ms)),
}: CacheOptions): Cache {
  const keys = createKeys({ cluster, kinds })
  const watched = reads !== redis
  const connections = watched ? [redis, reads] : [redis]
  const localCache = createLocalCache(outageCacheOptions)
  const first = watched ? firstConnection(reads) : undefined
  const connecting = () => first?.connecting ?? false
  const breaker = createBreaker({
    probe: async () => connecting() || (await probeWritable(reads)),
    limitMs: patience.getMs,
    everyMs: watched ? heartbeatMs : 0,
    onChange(closed) {
      cacheState.breakerChanged(closed)
      revive.breakerChanged(closed)
    },
  })
  const revive = reviveStuck(connections)
  const cacheState = createCacheState({
    breaker: () => breaker,
    delivered,
    onState(state) {
      if (state === 'trusted') localCache.clear()
      observer.cacheIs(state)
    },
  })
  if (watched) reads.on('close', breaker.suspect)

  const leasesOn = (redis: CacheRedis) =>
    createLeases({
      ...{ redis, keys, leaseMs, observer, breaker },
      ...(scripts && { scripts }),
      onInvalidate: entries => localCache.drop(entries.map(({ key }) => key)),
    })
  const leases = leasesOn(redis)
  const fast = leasesOn(reads)
  const ttlPolicy = createTtlPolicy(livesOptions)
  const knownTtls = createKnownTtls()
  const { nullMax: most = 10_000 } = livesOptions
  const absences = createAbsences({ most, lifeMs: ttlPolicy.longestNullMs })
  const filling = { ttlPolicy, knownTtls, absences, observer, sleep, flights: new Map() }
  const fill = createFill({ ...filling, leases })
  const quarantine = createQuarantine({ leases, onTooMany: () => cacheState.doubt() })
  const earlyExpiry = createEarlyExpiry({ fill, knownTtls, usualLifeMs: ttlPolicy.usualMs })
  const timedGet = watched ? createTimedGet(reads, patience.getMs, connecting) : untimedGet(reads)
  const reading = {
    ...{ timedGet, earlyExpiry, quarantine, observer, localCache, cacheState, waitMs },
    leases: fast,
    fill: createFill({ ...filling, leases: fast }),
    sharedLoads: createSharedLoads(),
    suspect: breaker.suspect,
    limited: watched,
  }
  const read = createRead(reading)
  const exactRead = createRead({ ...reading, parse: parseJsonText })

  const popularity = createPopularity({ redis, keys })
  const activeWorlds = createActiveWorlds({ redis, keys })
  const counts = createReadCounts({ popularity, activeWorlds, observer, ...readCounts })

  return {
    redis,
    reads,
    keys,
    leases,
    direct: fast,
    breaker,
    cacheState,
    localCache,
    fill,
    read,
    exactRead,
    writeThrough: createWriteThrough({ leases: fast, onWrite: ({ key }) => localCache.drop([key]) }),
    amend: createAmend({ leases: fast, sleep }),
    quarantine,
    versions: createVersions({ redis, keys }),
    confirmations: createConfirmations({ redis, keys }),
    popularity,
    activeWorlds,
    expectedEntries: createExpectedEntries({ redis, keys }),
    readCounts: counts,
    leaseMs,
    ttlsMs: entries => ttlsMs(redis, entries),
    ttlPolicy,
    peek: (worldId, entries) => peek({ redis, keys }, worldId, entries),
    page: (worldId, place) => worldPage({ redis, keys }, worldId, place),
    inspect: worldId => inspectWorld({ redis, keys }, worldId),
    targetsOf: worldId => cachedTargets({ redis, keys }, worldId),
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
    async close() {
      cacheState.stop()
      breaker.stop()
      revive.stop()
      timedGet.stop()
      await counts.close()
      quarantine.close()
      for (const connection of connections) connection.disconnect()
    },
  }
}
