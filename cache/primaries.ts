import { Cluster, type Redis } from 'ioredis'
import { LRUCache } from 'lru-cache'
import { createNeededReplicas, missedForMs, type NeededReplicas } from '../resilience/needed-replicas.ts'
import { type Replication, replicationOf } from '../resilience/redis-info.ts'
import { within } from '../resilience/within.ts'
import type { CacheRedis } from './scripts.ts'

/** The primaries to which a connection leads: one, or one for each shard of a cluster. */
export interface Primaries {
  /**
   * Asks them who they are. `same`: those that answered before. Rejects where one is a replica (`READONLY`), or has too
   * few replicas: it may have lost its role.
   */
  check(): Promise<'same' | 'other'>
  /** How many replicas must have a change before it is acknowledged. */
  needed(primary: Redis): number
}

/**
 * A promoted replica may be without its peers for this long: processes that still read from the old primary have seen by
 * then that it lost a replica, and left it. Milliseconds.
 */
const promotedMs = 5_000
/** A node of a cluster that answers later is left to the commands that need it. Milliseconds. */
const nodeMs = 40
const maxHistories = 100
/** In place of a history, until the node is asked. */
const appeared = ''

/**
 * The identity of a primary is its replication id, which changes when a replica is promoted and when a server starts.
 * Where a server hides it, it is another one after each loss of the connection.
 * @param replicas how many replicas must have a change of this process, where its primary is whole
 */
export function createPrimaries(connection: CacheRedis, replicas: number): Primaries {
  const isCluster = connection instanceof Cluster
  const neededOf = new LRUCache<string, NeededReplicas>({ max: maxHistories })
  /** By primary, as it was when it was last asked. */
  const known = new Map<string, string | undefined>()
  /** Whether another one was seen by a check that failed since. */
  let isOther = false
  let losses = 0
  let lossesWhenAsked = 0
  connection.on('close', () => {
    losses += 1
  })

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

  /** What INFO says; undefined where a node of a cluster does not answer. Nothing where a user may not ask. */
  async function infoOf(primary: Redis): Promise<string | undefined> {
    const asking = primary.info('replication').catch(error => {
      if (/\bNOPERM\b/.test(error.message)) return ''
      throw error
    })
    return isCluster ? within(nodeMs, asking).catch(() => undefined) : asking
  }

  /** Whether it is the one of before. A new node of a cluster is another one when it appears, not when it answers. */
  async function isSame(primary: Redis): Promise<boolean> {
    const name = nameOf(primary)
    const isNew = !known.has(name)
    if (isNew && isCluster) known.set(name, appeared)
    if (primary.status !== 'ready' && isCluster) return !isNew
    const info = await infoOf(primary)
    if (info === undefined) return !isNew
    const replication = replicationOf(info)
    const { isPrimary, history } = replication
    if (!isPrimary && isCluster)
      connection.refreshSlotsCache() // who holds its slots was asked before it was demoted
    else if (!isPrimary) throw new Error('READONLY it is a replica now')
    else see(replication)
    const before = known.get(name)
    known.set(name, history)
    if (before === appeared) return !isNew
    return history === undefined ? losses === lossesWhenAsked : history === before
  }

  return {
    async check() {
      const primaries = isCluster ? connection.nodes('master') : [connection]
      const isFirst = known.size === 0
      const lossesBefore = losses
      const names = primaries.map(nameOf)
      for (const name of known.keys()) if (!names.includes(name)) known.delete(name)
      await Promise.all(
        primaries.map(async primary => {
          if (!(await isSame(primary)) && !isFirst) isOther = true
        }),
      )
      if (losses !== lossesBefore) throw new Error('the connection was lost')
      lossesWhenAsked = losses
      const which = isOther ? 'other' : 'same'
      isOther = false
      return which
    },
    needed(primary) {
      const history = losses === lossesWhenAsked ? known.get(nameOf(primary)) : undefined
      return (history === undefined ? undefined : neededOf.get(history)?.needed()) ?? replicas
    },
  }
}

/** Of a server that is no cluster's it is the same whichever server it is. */
const nameOf = ({ options: { host, port } }: Redis): string => `${host}:${port}`
