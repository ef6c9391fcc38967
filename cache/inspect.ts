import type { Keys, Kind } from './keys.ts'
import { asked, type CacheRedis } from './scripts.ts'
import { isAbsence, sizesOf } from './sizes.ts'
import { createVersions } from './versions.ts'
import { targetOfKey, worldKeys } from './world-keys.ts'

/** What of one world is warm now, kind by kind. */
export interface WarmReport {
  worldId: string
  /** Null where nothing of this world was ever invalidated. */
  version: number | null
  rows: WarmRow[]
}

export interface WarmRow {
  /** Entities are counted by their type. */
  what: Exclude<Kind, 'entity'> | 'character' | 'location' | 'object'
  entries: number
  /** Of these, timelines without events, flags without a flag. */
  empty: number
  /** Truths that do not exist, remembered as null. They are none of the entries. */
  absent: number
  /** Of the entries' JSON texts. */
  bytes: number
  /** When the first and the last of them all expire, in ms from now; null for what has no life. */
  firstExpiryMs: number | null
  lastExpiryMs: number | null
}

/** Walks the whole keyspace in steps, so it takes longer the more the server holds, but never blocks it. */
export async function inspectWorld(
  { redis, keys }: { redis: CacheRedis; keys: Keys },
  worldId: string,
): Promise<WarmReport> {
  const rows = new Map<WarmRow['what'], WarmRow>()
  const seen = new Set<string>()
  for await (const found of worldKeys({ redis, keys }, worldId)) {
    const entries = found.flatMap(key => {
      const what = whatIs(targetOfKey(keys, worldId, key))
      if (!what || seen.has(key)) return []
      seen.add(key) // a scan may answer a key twice
      return { key, what }
    })
    const [sizes, lives] = await Promise.all([
      sizesOf(
        redis,
        entries.map(({ key }) => key),
      ),
      asked(Promise.all(entries.map(({ key }) => redis.pttl(key)))),
    ])
    entries.forEach(({ what }, i) => {
      const [bytes, lifeMs] = [sizes[i] ?? 0, lives[i] ?? -2]
      if (lifeMs === -2) return // expired meanwhile
      const row = rows.get(what) ?? emptyRow(what)
      rows.set(what, row)
      if (isAbsence(bytes)) row.absent += 1
      else {
        row.entries += 1
        row.bytes += bytes
      }
      if (bytes === '[]'.length) row.empty += 1
      if (lifeMs >= 0) {
        row.firstExpiryMs = Math.min(row.firstExpiryMs ?? lifeMs, lifeMs)
        row.lastExpiryMs = Math.max(row.lastExpiryMs ?? lifeMs, lifeMs)
      }
    })
  }
  return {
    worldId,
    version: await createVersions({ redis, keys }).of(worldId),
    rows: order.flatMap(what => rows.get(what) ?? []),
  }
}

const order: WarmRow['what'][] = ['flags', 'snapshot', 'character', 'location', 'object', 'timeline']

function whatIs(found: ReturnType<typeof targetOfKey>): WarmRow['what'] | undefined {
  if (!found || found.isLease) return undefined
  return found.target.kind === 'entity' ? found.target.type : found.target.kind
}

const emptyRow = (what: WarmRow['what']): WarmRow => ({
  what,
  entries: 0,
  empty: 0,
  absent: 0,
  bytes: 0,
  firstExpiryMs: null,
  lastExpiryMs: null,
})
