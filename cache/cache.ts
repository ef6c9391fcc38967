import { type ActiveWorlds, createActiveWorlds } from './active-worlds.ts'
import type { Target } from './changes.ts'
import { type Confirmations, createConfirmations } from './confirmations.ts'
import { createFiller, type Filler } from './filler.ts'
import { inspectWorld, type WarmReport } from './inspect.ts'
import { createKeys, type Keys } from './keys.ts'
import { createLeases, type Leases } from './leases.ts'
import { createLives, type LivesOptions } from './lives.ts'
import { type CacheObserver, noObserver } from './observer.ts'
import { createPopularity, type Popularity } from './popularity.ts'
import { createReader, type Reader } from './reader.ts'
import type { CacheRedis, Scripts } from './scripts.ts'
import { createSharedLoads } from './shared-loads.ts'
import { createVersions, type Versions } from './versions.ts'
import { cachedTargets } from './world-keys.ts'
import { createWriter, type Writer } from './writer.ts'

/** The cache's Redis, and everything that Hearth does there. */
export interface Cache {
  readonly redis: CacheRedis
  readonly keys: Keys
  readonly leases: Leases
  readonly filler: Filler
  readonly reader: Reader
  readonly writer: Writer
  readonly versions: Versions
  readonly confirmations: Confirmations
  readonly popularity: Popularity
  readonly activeWorlds: ActiveWorlds
  /** How long a load may take before another may start one. Milliseconds. */
  readonly leaseMs: number
  inspect(worldId: string): Promise<WarmReport>
  /** What there is to invalidate of a world, page by page. */
  targetsOf(worldId: string): AsyncIterable<Target[]>
  /** Resolves when Redis answers; rejects where it does not. */
  ping(): Promise<void>
  close(): Promise<void>
}

export interface CacheOptions {
  /** Closed together with the cache. */
  redis: CacheRedis
  lives?: LivesOptions
  /** How long a load may take before another may start one. Milliseconds, default 10,000. */
  leaseMs?: number
  /** How long a reader waits for somebody else's load before it loads for itself, unfilled. Milliseconds, default 1,000. */
  waitMs?: number
  /** World ids in braces, for a Redis Cluster. Default: where `redis` is one. */
  cluster?: boolean
  observer?: CacheObserver
  /** For tests: other scripts, and a clock that waits differently. */
  scripts?: Scripts
  sleep?(ms: number): Promise<void>
}

export function createCache({
  redis,
  lives = {},
  leaseMs = 10_000,
  waitMs = 1_000,
  cluster = redis.isCluster,
  observer = noObserver,
  scripts,
  sleep = ms => new Promise(resolve => setTimeout(resolve, ms)),
}: CacheOptions): Cache {
  const keys = createKeys({ cluster })
  const leases = createLeases({ redis, keys, leaseMs, observer, ...(scripts && { scripts }) })
  const filler = createFiller({ leases, lifeOf: createLives(lives), observer, sleep })
  const reader = createReader({ redis, leases, filler, sharedLoads: createSharedLoads(), observer, waitMs })

  return {
    redis,
    keys,
    leases,
    filler,
    reader,
    writer: createWriter({ leases }),
    versions: createVersions({ redis, keys }),
    confirmations: createConfirmations({ redis, keys }),
    popularity: createPopularity({ redis, keys }),
    activeWorlds: createActiveWorlds({ redis, keys }),
    leaseMs,
    inspect: worldId => inspectWorld({ redis, keys }, worldId),
    targetsOf: worldId => cachedTargets({ redis, keys }, worldId),
    async ping() {
      await redis.ping()
    },
    async close() {
      redis.disconnect()
    },
  }
}
