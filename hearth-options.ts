import type { CacheAddress } from './cache/connect.ts'
import type { LivesOptions } from './cache/lives.ts'
import type { CacheObserver } from './cache/observer.ts'
import type { OutageCacheOptions } from './cache/outage-cache.ts'
import type { ReadCountsOptions } from './cache/read-counts.ts'
import type { Metrics } from './dashboard/metrics.ts'
import * as o from './options.ts'
import type { QueueAddress } from './queues/connect.ts'
import type { LoadGateOptions } from './world/load-gate.ts'
import type { Unreadable } from './world/unreadable.ts'
import type { World } from './world/world.ts'

export interface HearthOptions {
  /** The cache's Redis: a URL, ioredis options, or cluster nodes. */
  cache: CacheAddress
  /** The queues' Redis (`noeviction`): a URL or ioredis options. Default: the cache's. */
  queue?: QueueAddress
  /** What all keys of the queues begin with. Default `hearth`. */
  queuePrefix?: string
  /** The truth. */
  world: World
  /** How many of an entity's newest events are kept warm. Default 50. */
  topK?: number
  /** How many of a world's most read timelines a refresh of the world renews. Default 200. */
  refreshTop?: number
  lives?: LivesOptions
  /**
   * How many events of a world may be accepted and not yet flushed; `appendEvents` slows down above half of it, and
   * refuses beyond it. Default 100,000.
   */
  pendingMax?: number
  /** How long a load may take before another may start one. Milliseconds, default 10,000. */
  leaseMs?: number
  /** World ids in braces, for a Redis Cluster. Default: where the cache is one. */
  cluster?: boolean
  /**
   * What this process counts, for Prometheus. Default: one with a registry of its own, which tells nothing of the
   * process itself and can be merged with the backend's.
   */
  metrics?: Metrics
  /** Hears what the metrics hear. */
  observer?: Partial<CacheObserver>
  /**
   * Adds what this process reads (hits and misses, by kind and world) to what the overview shows of the fleet: one
   * pipeline every two seconds, in the queues' Redis. Default true.
   */
  fleetCounts?: boolean
  /**
   * OpenTelemetry spans of reads, loads and jobs, for the SDK that this process has registered. Default false: then
   * nothing of it is in the way of a read.
   */
  tracing?: boolean
  /** How many loads run at a time, and how many reads wait for their turn. */
  loadGate?: LoadGateOptions
  /** What this process keeps of its loads while the cache's Redis is away. */
  outageCache?: OutageCacheOptions
  /** How the reads of timelines are counted, by which it is decided what stays warm; false counts none. */
  readCounts?: ReadCountsOptions | false
  /** Hears of lost connections, which mend themselves. */
  onTrouble?(error: Error): void
  /** Hears of properties in Neo4j that cannot be read as they stand there, once of each. They are counted in any case. */
  onUnreadable?(what: Unreadable): void
}

const isCluster = (given: unknown): boolean =>
  o.isObject(given) &&
  Array.isArray(given['cluster']) &&
  given['cluster'].length > 0 &&
  !(o.isObject(given['options']) && given['options']['keyPrefix'])

/** What lacks a part that is never used may stand for a world, as in tests. */
const isWorld = (given: unknown): boolean =>
  o.isObject(given) && ['flags', 'close'].every(name => o.isFunction(given[name]))

const shape = {
  cache: o.required<CacheAddress>(
    'a URL like redis://:password@host:6379/0, ioredis options without keyPrefix, or {cluster: [nodes], options}',
    given => o.isServer(given) || isCluster(given),
  ),
  queue: o.option<QueueAddress>(
    'a URL like redis://:password@host:6379/0, or ioredis options without keyPrefix (set queuePrefix instead)',
    o.isServer,
  ),
  queuePrefix: o.prefix(),
  world: o.required<World>('a world, like neo4jWorld({ … })', isWorld),
  topK: o.whole(o.ranges.topK),
  refreshTop: o.whole(o.ranges.refreshTop),
  lives: o.group({
    timelineMs: o.whole(o.ranges.lifeMs),
    entityMs: o.whole(o.ranges.lifeMs),
    nullMs: o.whole(o.ranges.lifeMs),
    nullMax: o.whole(o.ranges.nullMax),
    jitter: o.share(o.ranges.jitter),
  }),
  pendingMax: o.whole(o.ranges.pendingMax),
  leaseMs: o.whole(o.ranges.leaseMs),
  cluster: o.flag(),
  metrics: o.option<Metrics>(
    'what createMetrics() returns',
    given => o.isObject(given) && 'registry' in given,
  ),
  observer: o.option<HearthOptions['observer']>(
    'an object of functions',
    given =>
      o.isObject(given) && Object.values(given).every(part => part === undefined || o.isFunction(part)),
  ),
  fleetCounts: o.flag(),
  tracing: o.flag(),
  loadGate: o.group({
    most: o.whole(o.ranges.maxLoads),
    least: o.share(o.ranges.leastLoads),
    lateShare: o.share(o.ranges.lateShare),
    waitingReads: o.whole([0, 10_000_000]),
    waitMs: o.ms(),
    leastReads: o.whole(o.ranges.maxLoads),
    onShed: o.callback(),
  }),
  outageCache: o.group({ lifeMs: o.whole([0, o.ranges.lifeMs[1]]), maxSize: o.whole(o.ranges.bytes) }),
  readCounts: o.group({
    sampleOneIn: o.whole(o.ranges.readsInOne),
    everyMs: o.ms(),
    most: o.whole(o.ranges.pendingMax),
  }),
  onTrouble: o.callback(),
  onUnreadable: o.callback(),
} satisfies Record<keyof HearthOptions, unknown>

const withQueue = { ...shape, queue: shape.queue.unwrap() }

/** Throws `InvalidConfig`, which lists every problem. */
export function checkHearthOptions(options: HearthOptions): void {
  const isOff = o.isObject(options) && options.readCounts === false
  const needsQueue = o.isObject(options) && isCluster(options.cache)
  const given = isOff ? { ...options, readCounts: undefined } : options
  o.checkOptions('createHearth', given, needsQueue ? withQueue : shape)
}
