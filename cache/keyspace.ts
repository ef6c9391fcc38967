import { Cluster, type Redis } from 'ioredis'
import { asked, type CacheRedis } from './scripts.ts'

const scanCount = 1_000

/** How far a walk through the whole keyspace has come: on which of a cluster's nodes, and its cursor there. */
export interface KeyspacePlace {
  node: number
  cursor: string
}

export interface KeyPage {
  found: string[]
  /** The server that holds them. */
  node: Redis
  /** Where to go on: null at the end. */
  next: KeyspacePlace | null
}

/** The next of the keys that match. A page may repeat what an earlier one had. */
export async function scanPage(
  redis: CacheRedis,
  match: string,
  { node: index, cursor }: KeyspacePlace,
): Promise<KeyPage> {
  if (cursor === '0') await knowNodes(redis)
  const nodes = primaries(redis)
  const node = nodes[index]
  if (!node) return { found: [], node: nodes[0] as Redis, next: null } // a cluster that has become smaller meanwhile
  const [next, found] = await asked(node.scan(cursor, 'MATCH', match, 'COUNT', scanCount))
  if (next !== '0') return { found, node, next: { node: index, cursor: next } }
  return { found, node, next: index + 1 < nodes.length ? { node: index + 1, cursor: '0' } : null }
}

/** Whether there is no key at all. */
export async function isEmpty(redis: CacheRedis): Promise<boolean> {
  await knowNodes(redis)
  const sizes = await asked(Promise.all(primaries(redis).map(node => node.dbsize())))
  return sizes.length > 0 && sizes.every(size => size === 0)
}

const primaries = (redis: CacheRedis): Redis[] => (redis instanceof Cluster ? redis.nodes('master') : [redis])

/** Keys may have moved to a node that was added since the cluster was last asked for its nodes. */
async function knowNodes(redis: CacheRedis): Promise<void> {
  if (redis instanceof Cluster) await new Promise<void>(resolve => redis.refreshSlotsCache(() => resolve()))
}
