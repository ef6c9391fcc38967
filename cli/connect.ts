import type { Config } from '../config/read.ts'
import { createHearth, type Hearth } from '../hearth/hearth.ts'
import type { HearthOptions } from '../hearth/options.ts'
import type { PrivacyOptions } from '../model/privacy.ts'
import { prefixOf } from '../queues/connect.ts'

export type RedisConfig = Config & { redisUrl: string }

export const queuePlace = ({ redisUrl, queueRedisUrl: address = redisUrl, queuePrefix }: RedisConfig) => ({
  address,
  prefix: prefixOf({ address, prefix: queuePrefix }),
})

/** Options of a hearth that are the process', not the configuration's. */
type ProcessOptions = Pick<
  HearthOptions,
  'world' | 'metrics' | 'observer' | 'processName' | 'onDiffering' | 'tracing' | 'onError' | 'onUnreadable'
>

/** A hearth as the configuration has it. It is compared with other processes only where it is named. */
export function openHearth({
  config,
  countReads = false,
  near = false,
  ...given
}: ProcessOptions & {
  config: RedisConfig
  /** Whether its reads are the game's own, by which entities become popular. Default false. */
  countReads?: boolean
  /** Whether it serves reads, so that a near cache pays. Default false. */
  near?: boolean
}): Hearth {
  const { address: queue, prefix: queuePrefix } = queuePlace(config)
  const { kinds, lives } = config.file
  return createHearth({
    cache: config.redisUrl,
    queue,
    queuePrefix,
    topK: config.topK,
    pendingMax: config.pendingMax,
    ...(config.queueReplicas !== undefined && { queueReplicas: config.queueReplicas }),
    cacheReplicas: config.cacheReplicas,
    ...(kinds && { kinds }),
    lives: {
      kindsMs: { ...lives?.kindsMs, timeline: config.timelineTtlMs, entity: config.entityTtlMs },
      nullMs: config.nullTtlMs,
      nullMax: config.nullMax,
      jitter: config.ttlJitter,
    },
    leaseMs: config.leaseMs,
    fleetCounts: config.fleetCounts,
    refreshTop: config.refreshTop,
    near: near && !config.cluster && config.nearBytes > 0 && { maxBytes: config.nearBytes },
    readCounts: countReads && { sampleOneIn: config.popularitySample },
    loadLimiter: { most: config.maxLoads, maxSlowdown: config.maxSlowdown },
    processName: false,
    ...given,
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
