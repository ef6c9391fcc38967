import { Cluster } from 'ioredis'
import type { Target } from './changes.ts'
import { decodeId, type Keys } from './keys.ts'
import { asked, type CacheRedis } from './scripts.ts'

const scanCount = 1_000

/** All that the cache holds of one world, page by page; a page may repeat what an earlier one had. */
export async function* worldKeys(
  { redis, keys }: { redis: CacheRedis; keys: Keys },
  worldId: string,
): AsyncGenerator<string[]> {
  const match = `${keys.worldPrefix(worldId)}*` // an encoded id holds nothing that a pattern would read as its own
  const nodes = redis instanceof Cluster ? redis.nodes('master') : [redis]
  for (const node of nodes) {
    let cursor = '0'
    do {
      const [next, found] = await asked(node.scan(cursor, 'MATCH', match, 'COUNT', scanCount))
      cursor = next
      yield found
    } while (cursor !== '0')
  }
}

/** Which value's key this is, or whose lease; undefined for a key that is neither. */
export function targetOfKey(
  keys: Keys,
  worldId: string,
  key: string,
): { target: Target; isLease: boolean } | undefined {
  const isLease = key.endsWith(':lease')
  const rest = key.slice(keys.worldPrefix(worldId).length, isLease ? -':lease'.length : undefined)
  if (rest === 'flags') return { target: { kind: 'flags' }, isLease }
  if (rest === 'state') return { target: { kind: 'snapshot' }, isLease }
  const [, type, id = '', end] =
    /^(character|location|object|timeline):([^:]+):(state|recent)$/.exec(rest) ?? []
  if (type === 'timeline' && end === 'recent')
    return { target: { kind: 'timeline', id: decodeId(id) }, isLease }
  if (type === undefined || type === 'timeline' || end !== 'state') return undefined
  return {
    target: { kind: 'entity', type: type as 'character' | 'location' | 'object', id: decodeId(id) },
    isLease,
  }
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
