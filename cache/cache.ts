import { createKinds, type Kinds } from '../model/kinds.ts'
import { createTtlPolicy, type TtlOptions, type TtlPolicy } from '../model/ttl-policy.ts'
import { createAbsences } from './absences.ts'
import { type ActiveWorlds, createActiveWorlds } from './active-worlds.ts'
import { type Amend, createAmend } from './amend.ts'
import { type Availability, createAvailability } from './availability.ts'
import { type Bookmarks, createBookmarks } from './bookmarks.ts'
import { type Confirmations, createConfirmations } from './confirmations.ts'
import { confirmedScripts } from './confirmed-scripts.ts'
import { createEarlyExpiry } from './early-expiry.ts'
import { createExpectedEntries, type ExpectedEntries } from './expected-entries.ts'
import { createFill, type Fill } from './fill.ts'
import { inspectWorld, type WarmReport } from './inspect.ts'
import { createKeys, type Entry, type Keys } from './keys.ts'
import { createKnownBookmarks } from './known-bookmarks.ts'
import { createLeasedLoads } from './leased-loads.ts'
import { createLeases, type Leases } from './leases.ts'
import type { OutageCacheOptions } from './local-cache.ts'
import { createNear as createShippedNear, type Near, type NearDeps, type NearOptions } from './near/near.ts'
import { type CacheObserver, noObserver } from './observer.ts'
import { type Peek, peek } from './peek.ts'
import { createPopularDue, type FindPopularDue } from './popular-due.ts'
import { createPopularity, type Popularity } from './popularity.ts'
import { ttlsMs } from './presence.ts'
import { createPrimaries } from './primaries.ts'
import { createProcessMemory, type ProcessMemory } from './process-memory.ts'
import { createQuarantine, type Quarantine } from './quarantine.ts'
import { createReadCounts, noReadCounts, type ReadCounts, type ReadCountsOptions } from './read-counts.ts'
import { patience } from './read-through.ts'
import { createReading, type Reading } from './reading.ts'
import { createRunScript, scriptsOn } from './script-calls.ts'
import { type CacheRedis, type Scripts, scripts as shippedScripts } from './scripts.ts'
import type { Delivered, OnShards, Shards, SomeShard } from './shards.ts'
import { createTimedGet, untimedGet } from './timed-get.ts'
import { createVersions, type Versions } from './versions.ts'
import { type WarmthOptions, type WorldWarmth, worldWarmth } from './warmth.ts'
import { createWorldIndex, type WorldIndex } from './world-index.ts'
import { createWorldWalk, type WorldWalk } from './world-walk.ts'
import { createWriteThrough, type WriteThrough } from './write-through.ts'

/** The cache's Redis, and everything that Hearth does there. */
export interface Cache extends Pick<Availability, 'firstConnected' | 'ping'>, Reading {
  readonly redis: CacheRedis
  /** The connection of reads and direct invalidations, which do not wait behind what jobs store. */
  readonly reads: CacheRedis
  readonly keys: Keys
  readonly leases: Leases
  /** For changes: on the connection of reads. */
  readonly direct: Pick<Leases, 'invalidate'>
  /** Open where Redis does not answer; in a cluster, where no shard does. */
  readonly breaker: SomeShard
  readonly cacheState: Shards
  readonly memory: Pick<ProcessMemory, 'drop'>
  /** Undefined where it was turned off. */
  readonly near: Pick<Near, 'stats'> | undefined
  readonly fill: Fill
  readonly writeThrough: WriteThrough
  amend: Amend
  readonly quarantine: Quarantine
  readonly versions: Versions
  readonly bookmarks: Bookmarks
  readonly confirmations: Confirmations
  readonly popularity: Popularity
  readonly popularDue: FindPopularDue
  readonly activeWorlds: ActiveWorlds
  readonly expectedEntries: ExpectedEntries
  /** Of the game's own reads alone: counted by the caller, not by `read`. */
  readonly readCounts: ReadCounts
  /** How long a load may take before another may start one. Milliseconds. */
  readonly leaseMs: number
  readonly ttlPolicy: Pick<TtlPolicy, 'longestMs' | 'usualMs'>
  /** How long entries of one world still live: null for one that is not there, Infinity for ever. Milliseconds. */
  ttlsMs(entries: readonly Entry[]): Promise<(number | null)[]>
  /** Entries of one world as they stand, their leases too; touches nothing. */
  peek(worldId: string, entries: readonly Entry[]): Promise<Peek>
  readonly index: Pick<WorldIndex, 'isWhole' | 'trim'>
  /** What there is of a world to compare or to invalidate. */
  readonly walk: WorldWalk
  inspect(worldId: string): Promise<WarmReport>
  /** How much of a world is there, and why the rest is not. */
  warmth(worldId: string, options: WarmthOptions): Promise<WorldWarmth>
  close(): Promise<void>
}

export interface CacheOptions {
  /** Closed together with the cache. */
  redis: CacheRedis
  /**
   * Another connection to the same server, for reads and direct invalidations. Closed too. Default: `redis`; then it is
   * not probed while idle, and a read waits as long as the connection allows.
   */
  reads?: CacheRedis
  /**
   * Another connection to the same server, for changes: one is acknowledged when this number of `replicas` has it. Closed
   * too. Default: they wait for none.
   */
  changes?: { redis: CacheRedis; replicas: number } | undefined
  /** How many processes use the cache, as far as is known: idle ones probe it the less often. Default: this one. */
  processes?(): number
  /** Whether no change recorded in this span waits to be delivered. Default: yes, as none is recorded. */
  delivered?: Delivered
  /**
   * Whether the source is known to be away: then what stands is extended from the half of its life on, where it cannot be
   * renewed. Default: each `WorldUnavailable` of a renewal says so, of its entries alone.
   */
  sourceIsAway?(): boolean
  /** What this process loaded a moment ago, for while Redis is away. */
  outageCache?: OutageCacheOptions
  /** What this process keeps in its memory while Redis signals every change. Default false. */
  near?: NearOptions | false
  lives?: TtlOptions
  /** How long a load may take before another may start one. Milliseconds, default 10,000. */
  leaseMs?: number
  /** How long a reader waits for another process's load before it loads for itself, unfilled. Milliseconds, default 1,000. */
  waitMs?: number
  /** World ids in braces, for a Redis Cluster. Default: where `redis` is one. */
  cluster?: boolean
  /** The name of the fleet, in all keys. Default: none. */
  fleet?: string | undefined
  /** Default: the built-in ones. */
  kinds?: Kinds
  observer?: CacheObserver
  /** How reads are counted; false counts none. */
  readCounts?: ReadCountsOptions | false
  /** For tests: other scripts, a near cache of other parts, and a clock that waits differently. */
  scripts?: Scripts
  createNear?(deps: NearDeps): Near
  sleep?(ms: number): Promise<void>
}

export function createCache({
  redis,
  reads = redis,
  changes,
  delivered = async () => true,
  processes = () => 1,
  sourceIsAway,
  outageCache,
  near: nearOptions = false,
  lives,
  leaseMs = 10_000,
  waitMs = 1_000,
  cluster = redis.isCluster,
  fleet,
  kinds = createKinds(),
  observer = noObserver,
  readCounts: countOptions = {},
  scripts = shippedScripts,
  createNear = createShippedNear,
  sleep = ms => new Promise(resolve => setTimeout(resolve, ms)),
}: CacheOptions): Cache {
  const keys = createKeys({ cluster, kinds, fleet })
  const place = { redis, keys }
  const memory = createProcessMemory({ outageCache, near: nearOptions, createNear, reads, observer })
  const onState: OnShards = (state, doubted) => {
    memory.stateIs(state)
    observer.cacheIs(state, doubted)
  }
  const { replicas = 0 } = changes ?? {}
  const changing = changes && { redis: changes.redis, primaries: createPrimaries(changes.redis, replicas) }
  const available = createAvailability({
    redis,
    reads: { redis: reads, primaries: createPrimaries(reads, replicas) },
    changes: changing,
    replicas,
    processes,
    limitMs: patience.getMs,
    delivered,
    onState,
  })
  const { breaker, shards: cacheState, connecting, firstConnected, ping } = available

  const runOn = (connection: CacheRedis) => createRunScript(scriptsOn(connection), cacheState.breakerOf)
  const confirmed =
    changing && createRunScript(confirmedScripts(changing.redis, changing.primaries), cacheState.breakerOf)
  const known = createKnownBookmarks()
  const leasesBy = (connection: CacheRedis) =>
    createLeases({
      keys,
      run: runOn(connection),
      confirmed: confirmed ?? runOn(connection),
      scripts,
      leaseMs,
      bookmarks: known,
      observer,
      onInvalidate(entries) {
        memory.drop(entries)
        memory.knownTtls.invalidated(entries)
      },
    })
  const leases = leasesBy(redis)
  const bookmarks = createBookmarks({ keys, known, run: confirmed ?? runOn(redis) })
  const direct = leasesBy(reads)
  const ttlPolicy = createTtlPolicy(lives)
  const { knownTtls, near } = memory
  const absences = createAbsences({ max: lives?.nullMax, ttlMs: ttlPolicy.longestNullMs })
  const leasedLoads = createLeasedLoads({ ttlPolicy, knownTtls, absences, sourceIsAway, observer })
  const fill = createFill({ leases, leasedLoads, sleep })
  const quarantine = createQuarantine({
    leases,
    onAdd: entries => memory.drop(entries),
    onTooMany(worldIds) {
      for (const id of worldIds) cacheState.doubt(keys.version(id))
    },
  })

  const limited = reads !== redis
  const timedGet = limited ? createTimedGet(reads, patience.getMs, connecting) : untimedGet(reads)
  const earlyExpiry = createEarlyExpiry({
    fill,
    knownTtls,
    usualTtlMs: ttlPolicy.usualMs,
    sourceIsAway: sourceIsAway ?? (() => false),
  })
  const index = createWorldIndex({ ...place, ttlPolicy })
  const walk = createWorldWalk({ ...place, index })
  const popularity = createPopularity(place)
  const activeWorlds = createActiveWorlds(place)
  const readCounts = countOptions
    ? createReadCounts({ popularity, activeWorlds, observer, ...countOptions })
    : noReadCounts
  const reading = createReading({
    timedGet,
    memory,
    readCounts,
    leases: direct,
    fill: createFill({ leases: direct, leasedLoads, sleep }),
    earlyExpiry,
    quarantine,
    cacheState,
    observer,
    suspect: key => cacheState.breakerOf(key).suspect(),
    limited,
    waitMs,
  })
  const flushCounts = () => {
    reading.flushCounts()
    return readCounts.flush()
  }

  return {
    redis,
    reads,
    keys,
    leases,
    direct,
    breaker,
    cacheState,
    ...reading,
    memory,
    near,
    fill,
    writeThrough: createWriteThrough({ leases: direct, bookmarks, onWrite: entry => memory.drop([entry]) }),
    amend: createAmend({ leases: direct, sleep }),
    quarantine,
    versions: createVersions(place),
    bookmarks,
    confirmations: createConfirmations({ ...place, shards: cacheState }),
    popularity,
    popularDue: createPopularDue(place),
    activeWorlds,
    expectedEntries: createExpectedEntries(place),
    readCounts: { ...readCounts, flush: flushCounts },
    leaseMs,
    ttlPolicy,
    ttlsMs: entries =>
      ttlsMs(
        redis,
        entries.map(({ key }) => key),
      ),
    peek: (worldId, entries) => peek(place, worldId, entries),
    index,
    walk,
    inspect: worldId => inspectWorld({ ...place, walk }, worldId),
    warmth: (worldId, options) => worldWarmth({ ...place, walk, leaseMs, ttlPolicy }, worldId, options),
    firstConnected,
    ping,
    async close() {
      available.stop()
      timedGet.stop()
      reading.flushCounts()
      near?.close()
      await readCounts.close()
      quarantine.close()
      for (const connection of new Set([redis, reads])) connection.disconnect()
      changes?.redis.disconnect()
    },
  }
}
