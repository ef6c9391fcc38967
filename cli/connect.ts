import { setTimeout as pause } from 'node:timers/promises'
import type { CacheAddress } from '../cache/connect.ts'
import type { CacheObserver } from '../cache/observer.ts'
import type { Config } from '../config/read.ts'
import type { Differing } from '../hearth/comparison.ts'
import { createHearth, type Hearth, partsOf } from '../hearth/hearth.ts'
import { HearthError } from '../model/errors.ts'
import type { PrivacyOptions } from '../model/privacy.ts'
import { isDefinite, isRefusal, withoutPassword, wordsOf } from '../resilience/server-words.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Neo4jWorldOptions } from '../world/neo4j/options.ts'
import { type Neo4jWorld, neo4jWorld } from '../world/neo4j/world.ts'
import type { Unreadable } from '../world/unreadable.ts'
import type { World } from '../world/world.ts'

export type RedisConfig = Config & { redisUrl: string }
export type Neo4jConfig = Config & { neo4jUri: string }

/** The URL, or, for a cluster, its node with what the other nodes need too. */
export function cacheAddress({ redisUrl, cluster }: RedisConfig): CacheAddress {
  if (!cluster) return redisUrl
  const { hostname, port, username, password, protocol } = new URL(redisUrl)
  return {
    cluster: [{ host: hostname, port: Number(port || 6379) }],
    options: {
      ...(username && { username: decodeURIComponent(username) }),
      ...(password && { password: decodeURIComponent(password) }),
      ...(protocol === 'rediss:' && { tls: {} }),
    },
  }
}

/** Throws `InvalidConfig` for a cluster that is to hold the queues too. */
export function openHearth(options: {
  config: RedisConfig
  world: World
  metrics?: Metrics
  observer?: Partial<CacheObserver>
  /** Whether its reads are the game's own, which tell what is popular. Default false. */
  countReads?: boolean
  /** What other processes call it. Default: it is not compared with them. */
  processName?: string
  onDiffering?: (differing: Differing | null) => void
  /** Default false. */
  tracing?: boolean
  onTrouble?: (error: Error) => void
  onUnreadable?: (what: Unreadable) => void
}): Hearth {
  const {
    config,
    world,
    metrics,
    observer,
    countReads = false,
    processName = false,
    onDiffering,
    tracing = false,
    onTrouble,
    onUnreadable,
  } = options
  const { queueRedisUrl = config.redisUrl } = config
  if (config.cluster && queueRedisUrl === config.redisUrl) {
    throw new HearthError(
      'InvalidConfig',
      'HEARTH_QUEUE_REDIS_URL is missing: with HEARTH_CLUSTER the queues need a Redis of their own, outside the cluster',
    )
  }
  return createHearth({
    cache: cacheAddress(config),
    queue: queueRedisUrl,
    queuePrefix: config.queuePrefix,
    world,
    topK: config.topK,
    pendingMax: config.pendingMax,
    ...(config.file.kinds && { kinds: config.file.kinds }),
    lives: {
      kindsMs: { ...config.file.lives?.kindsMs, timeline: config.timelineTtlMs, entity: config.entityTtlMs },
      nullMs: config.nullTtlMs,
      nullMax: config.nullMax,
      jitter: config.ttlJitter,
    },
    leaseMs: config.leaseMs,
    fleetCounts: config.fleetCounts,
    processName,
    ...(onDiffering && { onDiffering }),
    tracing,
    refreshTop: config.refreshTop,
    readCounts: countReads && { sampleOneIn: config.popularitySample },
    ...(metrics && { metrics }),
    ...(observer && { observer }),
    loadLimiter: { most: config.maxLoads, least: config.leastLoads, lateShare: config.lateAnswers },
    ...(onTrouble && { onTrouble }),
    ...(onUnreadable && { onUnreadable }),
  })
}

export function openNeo4j(config: Neo4jConfig, options: Pick<Neo4jWorldOptions, 'graph'> = {}): Neo4jWorld {
  const { neo4jUri: uri, neo4jUser: user, neo4jPassword: password = '', neo4jDatabase: database } = config
  return neo4jWorld({
    uri,
    user,
    password,
    ...(database !== undefined && { database }),
    config: config.file,
    ...options,
    privacy: privacyOf(config),
  })
}

/** The privacy of the configuration file, with the names that the environment adds. */
export function privacyOf({ privateNames: given, file }: Config): PrivacyOptions {
  const { privateNames: names = {}, ...privacy } = file.world?.privacy ?? {}
  const added = given?.split(',').map(name => name.trim()) ?? []
  if (Array.isArray(names)) return { ...privacy, privateNames: [...names, ...added] }
  const { add = [], remove = [] } = names as { add?: readonly string[]; remove?: readonly string[] }
  return { ...privacy, privateNames: { add: [...add, ...added], remove } }
}

const patienceMs = 3_000
const againMs = 100

/**
 * Throws `CacheUnavailable` where the cache's Redis refuses us or does not answer. A command that has just begun is
 * patient, since this machine may be busy; what says that waiting does not help is thrown at once.
 */
export async function requireCache(hearth: Hearth, redisUrl: string): Promise<void> {
  const until = performance.now() + patienceMs
  for (;;) {
    const failure = await partsOf(hearth)
      .cache.ping()
      .then(
        () => undefined,
        error => error,
      )
    if (failure === undefined) return
    const words = wordsOf(failure)
    if (isDefinite(words) || performance.now() > until) {
      const what = isRefusal(words) ? 'refuses this command' : 'does not answer'
      throw new HearthError('CacheUnavailable', `Redis at ${withoutPassword(redisUrl)} ${what}: ${words}`, {
        cause: failure,
      })
    }
    await pause(againMs)
  }
}
