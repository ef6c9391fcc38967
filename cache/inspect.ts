import { type Kind, typesOf } from '../model/kind.ts'
import type { Kinds } from '../model/kinds.ts'
import type { Target } from '../model/world-data.ts'
import type { Keys } from './keys.ts'
import { isAbsence, sizesOf, ttlsMs } from './presence.ts'
import type { CacheRedis } from './scripts.ts'
import { createVersions } from './versions.ts'
import type { WorldWalk } from './world-walk.ts'

/** What of one world is warm now, kind by kind. */
export interface WarmReport {
  worldId: string
  /** Null where nothing of this world was ever invalidated. */
  version: number | null
  rows: WarmRow[]
}

export interface WarmRow {
  kind: string
  /** The kind in words, which entities' types are a part of: `timeline`, `character`. */
  what: string
  entries: number
  /** Of these, lists and maps without anything in them. */
  empty: number
  /** Truths that do not exist, remembered as null. They are none of the entries. */
  absent: number
  /** Of the entries' JSON texts. */
  bytes: number
  /** When the first and the last of them all expire, in ms from now; null for what has no life. */
  firstExpiryMs: number | null
  lastExpiryMs: number | null
}

/** Walks the world in steps, so it never blocks the server. */
export async function inspectWorld(
  { redis, keys, walk }: { redis: CacheRedis; keys: Keys; walk: WorldWalk },
  worldId: string,
): Promise<WarmReport> {
  const rows = new Map<string, WarmRow>()
  const seen = new Set<string>()
  for await (const targets of walk.pages(worldId)) {
    const entries = targets.flatMap(target => {
      const { key } = keys.entryOf(worldId, target)
      if (seen.has(key)) return []
      seen.add(key) // a page may repeat what an earlier one had
      return { key, target }
    })
    const names = entries.map(({ key }) => key)
    const [sizes, ttls] = await Promise.all([sizesOf(redis, names), ttlsMs(redis, names)])
    entries.forEach(({ target }, i) => {
      const bytes = sizes[i] ?? 0
      const ttlMs = ttls[i] ?? null
      if (ttlMs === null) return // it has ended, or is only being loaded
      const row = rows.get(rowKey(target)) ?? emptyRow(keys.kinds, target)
      rows.set(rowKey(target), row)
      if (isAbsence(bytes)) row.absent += 1
      else {
        row.entries += 1
        row.bytes += bytes
      }
      if (bytes === '[]'.length) row.empty += 1
      if (ttlMs === Number.POSITIVE_INFINITY) return
      row.firstExpiryMs = Math.min(row.firstExpiryMs ?? ttlMs, ttlMs)
      row.lastExpiryMs = Math.max(row.lastExpiryMs ?? ttlMs, ttlMs)
    })
  }
  return {
    worldId,
    version: await createVersions({ redis, keys }).of(worldId),
    rows: inOrder(keys.kinds).flatMap(target => rows.get(rowKey(target)) ?? []),
  }
}

/** What has a row of its own: each type of each kind. */
const inOrder = ({ all }: Kinds): Target[] =>
  all.flatMap((one: Kind) =>
    typesOf(one).map(type => (type === undefined ? { kind: one.name } : { kind: one.name, type })),
  )

const rowKey = ({ kind, type }: Target): string => JSON.stringify([kind, type])

const emptyRow = (kinds: Kinds, { kind, type }: Target): WarmRow => ({
  kind,
  what: kinds.named(kind).noun(type),
  entries: 0,
  empty: 0,
  absent: 0,
  bytes: 0,
  firstExpiryMs: null,
  lastExpiryMs: null,
})
