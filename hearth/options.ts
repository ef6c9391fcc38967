import type { CacheAddress } from '../cache/connect.ts'
import type { OutageCacheOptions } from '../cache/local-cache.ts'
import type { NearOptions } from '../cache/near/near.ts'
import type { CacheObserver } from '../cache/observer.ts'
import type { ReadCountsOptions } from '../cache/read-counts.ts'
import type { HearthConfig } from '../config/define.ts'
import type { QueueAddress } from '../queues/connect.ts'
import type { LoadLimiterOptions } from '../resilience/load-limiter.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Unreadable } from '../world/unreadable.ts'
import type { World } from '../world/world.ts'
import type { Differing } from './comparison.ts'

export interface HearthOptions extends Pick<HearthConfig, 'kinds' | 'topK' | 'lives'> {
  /**
   * The cache's Redis: a URL (also `redis+sentinel://host1,host2/name` and `redis+cluster://host1,host2`), ioredis options
   * or a connection, or cluster nodes.
   */
  cache: CacheAddress
  /** The queues' Redis (`noeviction`), named alike. Default: the cache's. */
  queue?: QueueAddress
  /** What all keys of the queues begin with; in a Redis Cluster in braces, if it has none. Default `hearth`. */
  queuePrefix?: string
  /** The source of all values: what holds the game's worlds. */
  world: World
  /**
   * What decides about cached values, as the fleet's processes have it: the object of `hearth.config.ts`. Options given
   * beside it win over it.
   */
  config?: HearthConfig
  /** How many of a world's most read timelines a refresh of the world renews. Default 200. */
  refreshTop?: number
  /**
   * How many events of a world may be accepted and not yet flushed; `appendEvents` slows down above half of it, and
   * refuses beyond it. Default 100,000.
   */
  pendingMax?: number
  /**
   * How many replicas of the queues' Redis must have an event before it is accepted; `appendEvents` rejects with
   * `QueueUnavailable` where fewer have it in half a second. Default: all that are connected. 0: it waits for none.
   */
  queueReplicas?: number
  /**
   * How many replicas of the cache's Redis must have a change before it is acknowledged, so that a failover does not undo
   * it; all that it has. Where fewer have it in time, the change is deferred. Default 0: no change waits.
   */
  cacheReplicas?: number
  /** How long a load may take before another may start one. Milliseconds, default 10,000. */
  leaseMs?: number
  /** World ids in braces, for a Redis Cluster. Default: where the cache is one. */
  cluster?: boolean
  /**
   * What this process counts, for Prometheus. Default: one with a registry of its own, which reports nothing of the
   * process itself and can be merged with the backend's.
   */
  metrics?: Metrics
  /** Is called with what the metrics count. */
  observer?: Partial<CacheObserver>
  /**
   * Adds what this process reads (hits and misses, by kind and world) to what the overview shows of the fleet: one
   * pipeline every two seconds, in the queues' Redis. Default true.
   */
  fleetCounts?: boolean
  /**
   * What other processes call this one where it decides differently about cached values than they do: they compare what
   * they were given in the queues' Redis. False: it takes no part in that. Default `backend`.
   */
  processName?: string | false
  /**
   * OpenTelemetry spans of reads, loads and jobs, for the SDK that this process has registered. Default false: then
   * nothing of it is in the way of a read.
   */
  tracing?: boolean
  /** How many loads run at a time, and how many reads wait for their turn. */
  loadLimiter?: LoadLimiterOptions
  /**
   * What this process keeps in its memory and reads there, as fresh as a GET; `false` turns it off. Default: 64 MB of JSON,
   * and none for a Redis Cluster. Needs a Redis with CLIENT TRACKING; without it reads go to Redis, and `onError` reports
   * it once, unless `observer.nearIs` is given.
   */
  near?: NearOptions | false
  /** What this process keeps of its loads while the cache's Redis is away. */
  outageCache?: OutageCacheOptions
  /** How reads are counted, by which it is decided what stays warm; false counts none. */
  readCounts?: ReadCountsOptions | false
  /** Is called with errors of connections, which are made again by themselves. */
  onError?(error: Error): void
  /**
   * Is called once for each way in which other processes of the fleet differ from this one in what decides about cached
   * values, and with `null` when none does any more. Default: `onError` gets the differences.
   */
  onDiffering?(differing: Differing | null): void
  /**
   * Is called with properties in the source that cannot be read as they stand there, once for each. They are counted in any
   * case.
   */
  onUnreadable?(what: Unreadable): void
}

export const defaultTopK = 50
/** How many of a world's most read timelines are kept warm. */
export const defaultRefreshTop = 200
