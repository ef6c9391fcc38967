import { setTimeout as pause } from 'node:timers/promises'
import { decodeId } from '../model/ids.ts'
import type { Kinds } from '../model/kinds.ts'
import { type KeyPage, type KeyspacePlace, scanPage } from './keyspace.ts'
import { isAbsence, sizesOf } from './presence.ts'
import type { CacheRedis } from './scripts.ts'

/** How many entries each world has in the cache, of values that exist. */
export type Census = ReadonlyMap<string, number>

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
  let place: KeyspacePlace | null = { node: 0, cursor: '0' }
  while (place) {
    const { found, node, next }: KeyPage = await scanPage(redis, 'lw:world:*', place)
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
      if (bytes > 0 && !isAbsence(bytes)) entries.set(worldId, (entries.get(worldId) ?? 0) + 1)
    })
    place = next
    if (place) await pause(pauseMs, undefined, { ...(signal && { signal }), ref: false })
  }
  return entries
}

/** The world that an entry of ours belongs to; undefined where the key is none. */
function worldOf(key: string, kinds: Kinds): string | undefined {
  const [, encoded = '', rest = ''] = worldKey.exec(key) ?? []
  return kinds.parseKey(rest) ? decodeId(encoded) : undefined
}
