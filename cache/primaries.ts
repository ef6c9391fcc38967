import { Cluster, type Redis } from 'ioredis'
import { LRUCache } from 'lru-cache'
import { createNeededReplicas, missedForMs, type NeededReplicas } from '../resilience/needed-replicas.ts'
import { type Replication, replicationOf } from '../resilience/redis-info.ts'
import type { CacheRedis } from './scripts.ts'

/** The primaries to which a connection leads: one, or one for each shard of a cluster. */
export interface Primaries {
  /**
   * Asks one of them who it is. `same`: the one that answered before at this address. Rejects where it is a replica
   * (`READONLY`), or has too few replicas: it may have lost its role.
   */
  check(primary: Redis): Promise<'same' | 'other'>
  /** How many replicas must have a change before it is acknowledged. */
  needed(primary: Redis): number
}

/**
 * A promoted replica may be without its peers for this long: processes that still read from the old primary have seen by
 * then that it lost a replica, and left it. Milliseconds.
 */
const promotedMs = 5_000
const maxHistories = 100

/** Over one connection it is asked again after this time: it may have been a replica meanwhile. Milliseconds. */
const askAgainMs = 5_000

interface Known {
  askedAt: number
  history: string | undefined
  /** How often its connection had been lost when it was asked. */
  losses: number
}

/**
 * The identity of a primary is its replication id, which changes when a replica is promoted and when a server starts.
 * Where a server hides it, it is another one after each loss of the connection.
 * @param replicas how many replicas must have a change of this process, where its primary is whole
 */
export function createPrimaries(connection: CacheRedis, replicas: number): Primaries {
  const neededOf = new LRUCache<string, NeededReplicas>({ max: maxHistories })
  const known = new Map<string, Known>()
  const losses = new Map<string, number>()
  const lossesOf = (name: string) => losses.get(name) ?? 0
  const lost = (primary: Redis) => losses.set(nameOf(primary), lossesOf(nameOf(primary)) + 1)
  if (connection instanceof Cluster) connection.on('-node', lost)
  else connection.on('close', () => lost(connection))

  function see({ history, before, replicas: has }: Replication): void {
    if (history === undefined || replicas === 0) return
    const wasPromoted = before !== undefined && neededOf.has(before)
    const needed =
      neededOf.get(history) ??
      createNeededReplicas({ wanted: replicas, firstMissedForMs: wasPromoted ? promotedMs : missedForMs })
    neededOf.set(history, needed)
    needed.saw({ history, replicas: has })
    if (has < needed.needed())
      throw new Error(`${has} of ${needed.needed()} replicas follow it, so it may have lost its role`)
  }

  return {
    async check(primary) {
      const name = nameOf(primary)
      const lossesBefore = lossesOf(name)
      const last = known.get(name)
      const isKnown = last?.losses === lossesBefore && performance.now() - last.askedAt < askAgainMs
      if (replicas === 0 && isKnown) return 'same' // it took a write over the same connection
      const replication = replicationOf(await infoOf(primary))
      const { isPrimary, history } = replication
      if (!isPrimary) throw new Error('READONLY it is a replica now')
      see(replication)
      if (lossesOf(name) !== lossesBefore) throw new Error('the connection was lost')
      const before = known.get(name)
      known.set(name, { history, losses: lossesBefore, askedAt: performance.now() })
      if (before === undefined) return 'same'
      const isSame = history === undefined ? before.losses === lossesBefore : before.history === history
      return isSame ? 'same' : 'other'
    },
    needed(primary) {
      const name = nameOf(primary)
      const asked = known.get(name)
      const history = asked?.losses === lossesOf(name) ? asked.history : undefined
      return (history === undefined ? undefined : neededOf.get(history)?.needed()) ?? replicas
    },
  }
}

/** What INFO says; nothing where a user may not ask. */
const infoOf = (primary: Redis): Promise<string> =>
  primary.info('replication').catch(error => {
    if (/\bNOPERM\b/.test(error.message)) return ''
    throw error
  })

/** As a cluster names its nodes. Of a server that is no cluster's it is the same whichever server it is. */
export const nameOf = ({ options: { host, port } }: Redis): string => `${host}:${port}`

/** The cluster's connection to the primary of this name. */
export const primaryNamed = (cluster: Cluster, name: string | undefined): Redis | undefined =>
  cluster.nodes('master').find(node => nameOf(node) === name)
