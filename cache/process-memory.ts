import type { CacheState } from './cache-state.ts'
import type { Entry } from './keys.ts'
import { createKnownTtls, type KnownTtls } from './known-ttls.ts'
import { createLocalCache, type LocalCache, type OutageCacheOptions } from './local-cache.ts'
import type { Near, NearDeps, NearOptions } from './near/near.ts'
import type { CacheObserver } from './observer.ts'
import { patience } from './read-through.ts'
import type { CacheRedis } from './scripts.ts'

/** What this process keeps of entries in its own memory. */
export interface ProcessMemory {
  /** For while Redis is away. */
  readonly localCache: LocalCache
  /** For while Redis signals every change; undefined where it was turned off. */
  readonly near: Near | undefined
  readonly knownTtls: KnownTtls
  /** This process has changed these entries, or is about to: their values are kept no more. */
  drop(entries: readonly Entry[]): void
  /** Whether reads rely on Redis, or on a shard of it, has changed. */
  stateIs(state: CacheState): void
}

interface ProcessMemoryDeps {
  outageCache: OutageCacheOptions | undefined
  near: NearOptions | false
  createNear(deps: NearDeps): Near
  reads: CacheRedis
  observer: CacheObserver
}

export function createProcessMemory(deps: ProcessMemoryDeps): ProcessMemory {
  const { outageCache, near: options, createNear, reads, observer } = deps
  const localCache = createLocalCache(outageCache)
  const knownTtls = createKnownTtls()
  const near = options ? createNear({ options, reads, limitMs: patience.getMs, observer }) : undefined
  return {
    localCache,
    near,
    knownTtls,
    drop(entries) {
      localCache.drop(entries)
      near?.drop(entries)
    },
    stateIs(state) {
      if (state === 'trusted') localCache.clear()
      near?.clear()
    },
  }
}
