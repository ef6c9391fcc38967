import { Cluster, type Redis } from 'ioredis'
import type { Target } from '../model/world-data.ts'
import type { Keys } from './keys.ts'
import { asked, type CacheRedis } from './scripts.ts'

const scanCount = 1_000

/** How far a walk through the keyspace has come: on which of a cluster's nodes, and its cursor there. */
export interface WalkPlace {
  node: number
  cursor: string
}

export const walkStart: WalkPlace = { node: 0, cursor: '0' }

export interface KeyPage {
  found: string[]
  /** The server that holds them. */
  node: Redis
  /** Where to go on: null at the end. */
  next: WalkPlace | null
}

/** The next of the keys that match. A page may repeat what an earlier one had. */
export async function scanPage(
  redis: CacheRedis,
  match: string,
  { node: index, cursor }: WalkPlace,
): Promise<KeyPage> {
  const nodes = redis instanceof Cluster ? redis.nodes('master') : [redis]
  const node = nodes[index]
  if (!node) return { found: [], node: nodes[0] as Redis, next: null } // a cluster that has become smaller meanwhile
  const [next, found] = await asked(node.scan(cursor, 'MATCH', match, 'COUNT', scanCount))
  if (next !== '0') return { found, node, next: { node: index, cursor: next } }
  return { found, node, next: index + 1 < nodes.length ? { node: index + 1, cursor: '0' } : null }
}

/** The next of a world's keys. */
export const worldPage = (
  { redis, keys }: { redis: CacheRedis; keys: Keys },
  worldId: string,
  place: WalkPlace,
): Promise<KeyPage> => scanPage(redis, `${keys.worldPrefix(worldId)}*`, place) // an encoded id holds nothing that a pattern would read as its own

/** All that the cache holds of one world, page by page; a page may repeat what an earlier one had. */
export async function* worldKeys(
  deps: { redis: CacheRedis; keys: Keys },
  worldId: string,
): AsyncGenerator<string[]> {
  let place: WalkPlace | null = walkStart
  while (place) {
    const page: KeyPage = await worldPage(deps, worldId, place)
    place = page.next
    yield page.found
  }
}

/** Which value's key this is, or whose lease; undefined for a key that is neither. */
export function targetOfKey(
  keys: Keys,
  worldId: string,
  key: string,
): { target: Target; isLease: boolean } | undefined {
  const rest = key.slice(keys.worldPrefix(worldId).length)
  const entry = keys.kinds.parseKey(rest) // first, since an entity may be called lease
  if (entry) return { target: entry, isLease: false }
  const leased = rest.endsWith(':lease') ? keys.kinds.parseKey(rest.slice(0, -':lease'.length)) : undefined
  return leased && { target: leased, isLease: true }
}

/** What there is to invalidate of a world, living or being loaded, page by page. */
export async function* cachedTargets(
  deps: { redis: CacheRedis; keys: Keys },
  worldId: string,
): AsyncGenerator<Target[]> {
  for await (const found of worldKeys(deps, worldId)) {
    yield found.flatMap(key => targetOfKey(deps.keys, worldId, key)?.target ?? [])
  }
}
