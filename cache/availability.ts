import { Cluster, type Redis } from 'ioredis'
import { HearthError } from '../model/errors.ts'
import { leave, takesNoWrites } from '../resilience/redis-failover.ts'
import { reasonOf } from '../resilience/redis-words.ts'
import { within } from '../resilience/within.ts'
import { createClusterProbes } from './cluster-probes.ts'
import { createClusterShards } from './cluster-shards.ts'
import { firstConnection, probeWritable, reviveStuck } from './connection-watch.ts'
import type { Primaries } from './primaries.ts'
import { createProbePace } from './probe-pace.ts'
import type { CacheRedis } from './scripts.ts'
import { createShard, type Shard, type ShardDeps } from './shard.ts'
import { type Delivered, type OnShards, oneShard, type Shards, type SomeShard } from './shards.ts'

/** Whether the cache's Redis is asked, and whether reads trust what it answers. */
export interface Availability {
  readonly shards: Shards
  /** Open where no shard is asked. */
  readonly breaker: SomeShard
  /** Whether the connection of reads is being made for the first time. */
  connecting(): boolean
  /** Resolves when the connection of reads is there for the first time, or was refused, or took two seconds. */
  firstConnected(): Promise<void>
  /** Resolves when Redis answers, or a shard; rejects with `CacheUnavailable` where none does, in its own words. */
  ping(): Promise<void>
  stop(): void
}

/** A connection whose server must be known, and the primaries to which it leads. */
export interface Watched {
  redis: CacheRedis
  primaries: Primaries
}

interface AvailabilityDeps {
  redis: CacheRedis
  /** Of reads. Where it is not `redis`, it is probed while idle. */
  reads: Watched
  /** Of changes that wait for replicas. */
  changes: Watched | undefined
  /** How many replicas a primary must have that is read from. */
  replicas: number
  /** How many processes use the cache, as far as is known. */
  processes(): number
  /** How long the probe may take. Milliseconds. */
  limitMs: number
  delivered: Delivered
  onState: OnShards
}

/** How often a process probes that uses Redis, or needs to know of its replicas. Milliseconds. */
const heartbeatMs = 250
const pingMs = 1_000

/** How shards are opened, and how long each may take. */
type Open = (
  deps: Omit<ShardDeps, 'limitMs' | 'everyMs' | 'pace'> & { connections(): readonly Redis[] },
) => Shard

export function createAvailability(deps: AvailabilityDeps): Availability {
  const { redis, reads, changes, replicas, processes, limitMs } = deps
  const isWatched = reads.redis !== redis
  const probed = changes ? [reads, changes] : [reads]
  const connections = [...new Set([redis, ...probed.map(watched => watched.redis)])]
  const firsts = isWatched ? probed.map(watched => firstConnection(watched.redis)) : []
  const connecting = () => firsts.some(first => first.connecting)
  const connected = Promise.all(firsts.map(({ over }) => over)).then(() => {})
  const open: Open = ({ connections, ...shard }) => {
    // A primary that lost a replica must be left before another one is used, by idle processes as well.
    const pace = replicas > 0 ? undefined : createProbePace({ connections, processes })
    const opened = createShard({ ...shard, pace, limitMs, everyMs: isWatched ? heartbeatMs : 0 })
    if (isWatched && replicas > 0) opened.isUnknown()
    if (isWatched) void connected.then(opened.breaker.suspect)
    return opened
  }
  const kind = { ...deps, open, connecting, connections, probed }
  const { shards, breaker, pings, stop } =
    reads.redis instanceof Cluster ? ofCluster(reads.redis, kind) : ofOne(reads.redis, kind)

  return {
    shards,
    breaker,
    connecting,
    firstConnected: () => connected,
    async ping() {
      const unavailable = (cause: unknown) =>
        new HearthError('CacheUnavailable', reasonOf(cause, reads.redis), { cause })
      if (!breaker.closed) throw unavailable(breaker.reason)
      await within(pingMs, pings()).catch(cause => {
        throw unavailable(cause)
      })
    },
    stop,
  }
}

interface KindDeps extends AvailabilityDeps {
  open: Open
  connecting(): boolean
  connections: readonly CacheRedis[]
  probed: readonly Watched[]
}

interface KindOfCache extends Pick<Availability, 'shards' | 'breaker' | 'stop'> {
  pings(): Promise<unknown>
}

function ofOne(reads: Redis, deps: KindDeps): KindOfCache {
  const { redis, open, connecting, connections, probed, delivered, onState } = deps

  /** A replica that a failover left behind is left: its address may be another server's by now. */
  const probe = async ({ redis, primaries }: Watched) =>
    probeWritable(redis as Redis, primaries).catch(error => {
      if (takesNoWrites(error)) leave(redis)
      throw error
    })
  const shard = open({
    name: '',
    connections: () => connections as Redis[],
    probe: async () => (connecting() ? undefined : (await Promise.all(probed.map(probe)))[0]),
    delivered,
    onState,
  })
  if (reads !== redis)
    reads.on('close', () => {
      if (!connecting()) shard.isUnknown()
      shard.breaker.suspect()
    })
  const stopReviving = reviveStuck(() => connections as Redis[], shard.breaker)
  return {
    shards: oneShard(shard),
    breaker: shard.breaker,
    pings: () => Promise.all(connections.map(connection => connection.ping())),
    stop() {
      shard.stop()
      stopReviving()
    },
  }
}

function ofCluster(reads: Cluster, deps: KindDeps): KindOfCache {
  const { open, connecting, connections, probed, delivered, onState } = deps
  const probes = createClusterProbes(connections as Cluster[])
  const shards = createClusterShards({
    reads,
    connecting,
    delivered,
    onState,
    open({ isOwn, ...shard }) {
      const probe = probes.of(probed as (Watched & { redis: Cluster })[], { name: shard.name, isOwn })
      const opened = open({
        ...shard,
        connections: () => probes.nodesOf(shard.name),
        probe: async () => (connecting() ? undefined : probe()),
      })
      const stopReviving = reviveStuck(() => probes.nodesOf(shard.name), opened.breaker)
      return {
        ...opened,
        stop() {
          opened.stop()
          stopReviving()
        },
      }
    },
  })
  return {
    shards,
    breaker: shards.some,
    pings: () => Promise.any(shards.all.map(shard => probes.ping(shard.name))),
    stop: shards.stop,
  }
}
