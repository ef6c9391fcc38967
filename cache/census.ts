import { setTimeout as pause } from 'node:timers/promises'
import { Cluster } from 'ioredis'
import { decodeId } from '../model/ids.ts'
import type { Kinds } from '../model/kinds.ts'
import { asked, type CacheRedis } from './scripts.ts'
import { isAbsence, sizesOf } from './sizes.ts'

/** How many entries each world has in the cache, of values that exist. */
export type Census = ReadonlyMap<string, number>

const pageSize = 1_000
/** Between two pages, so that a large keyspace is walked with a small part of Redis' time. */
const pauseMs = 4

/** A key of a world, with or without the braces of a cluster. */
const worldKey = /^lw:world:\{?([^:{}]+)\}?:(.+)$/s

/**
 * Counts the entries of all worlds in one walk through the keyspace; what is remembered as missing is none. It takes
 * some seconds for a million keys and never blocks Redis. Throws `CacheUnavailable`.
 */
export async function takeCensus(redis: CacheRedis, kinds: Kinds, signal?: AbortSignal): Promise<Census> {
  const entries = new Map<string, number>()
  for (const node of redis instanceof Cluster ? redis.nodes('master') : [redis]) {
    let cursor = '0'
    do {
      const [next, found] = await asked(node.scan(cursor, 'MATCH', 'lw:world:*', 'COUNT', pageSize))
      cursor = next
      const ours = found.flatMap(key => {
        const worldId = worldOf(key, kinds)
        return worldId === undefined ? [] : { key, worldId }
      })
      const sizes = await sizesOf(
        node,
        ours.map(({ key }) => key),
      )
      ours.forEach(({ worldId }, i) => {
        const bytes = sizes[i] ?? 0
        if (bytes === 0 || isAbsence(bytes)) return
        entries.set(worldId, (entries.get(worldId) ?? 0) + 1)
      })
      if (cursor !== '0') await pause(pauseMs, undefined, { ...(signal && { signal }), ref: false })
    } while (cursor !== '0')
  }
  return entries
}

/** The world that an entry of ours belongs to; undefined where the key is none. */
function worldOf(key: string, kinds: Kinds): string | undefined {
  const [, encoded = '', rest = ''] = worldKey.exec(key) ?? []
  return kinds.parseKey(rest) ? decodeId(encoded) : undefined
}
