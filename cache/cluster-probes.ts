import type { Cluster, Redis } from 'ioredis'
import { isOfSlot } from '../resilience/redis-failover.ts'
import { probeWritable, ready } from './connection-watch.ts'
import { type Primaries, primaryNamed } from './primaries.ts'
import { slotCount, slotOf } from './slots.ts'

interface WatchedCluster {
  redis: Cluster
  primaries: Primaries
}

/** Probes of a cluster's primaries, each by itself. */
export interface ClusterProbes {
  /** For a primary, by its address; '' before any is known. */
  of(
    watched: readonly WatchedCluster[],
    shard: { name: string; isOwn(slot: number): boolean },
  ): () => Promise<'same' | 'other'>
  /** The connections to it, of each of the cluster's. */
  nodesOf(name: string): Redis[]
  ping(name: string): Promise<unknown>
}

export function createClusterProbes(connections: readonly Cluster[]): ClusterProbes {
  const nodesOf = (name: string) => connections.flatMap(cluster => primaryNamed(cluster, name) ?? [])

  return {
    of(watched, { name, isOwn }) {
      const own = createOwnKey(isOwn)

      async function probe({ redis, primaries }: WatchedCluster): Promise<'same' | 'other'> {
        if (name === '') return ready(redis).then(() => 'same')
        const primary = primaryNamed(redis, name)
        if (!primary) throw new Error(`no connection to ${name}`)
        const key = own.key()
        try {
          return await probeWritable(primary, primaries, key)
        } catch (error) {
          if (isOfSlot(error)) own.passOver(key) // another of the shard's slots is as good
          redis.refreshSlotsCache() // another node may have its slots
          throw error
        }
      }

      return async () => {
        const [ofReads = 'same'] = await Promise.all(watched.map(probe))
        return ofReads
      }
    },
    nodesOf,
    async ping(name) {
      const nodes = nodesOf(name)
      if (nodes.length === 0) throw new Error(`no connection to ${name}`)
      await Promise.all(nodes.map(node => node.ping()))
    },
  }
}

/** More than enough for a shard of one slot. */
const maxTries = 40 * slotCount

/** A key in one of a shard's slots. */
function createOwnKey(isOwn: (slot: number) => boolean) {
  let tried = 0
  let known: string | undefined
  return {
    key(): string {
      if (known !== undefined && isOwn(slotOf(known))) return known
      for (let i = 0; i < maxTries; i++) {
        const key = `lw:probe:{${tried}}`
        if (isOwn(slotOf(key))) {
          known = key
          return key
        }
        tried += 1
      }
      throw new Error('it holds no slot')
    },
    passOver(key: string): void {
      if (key !== known) return
      known = undefined
      tried += 1
    },
  }
}
