import type { Keys, Kind } from './keys.ts'
import { asked, type CacheRedis } from './scripts.ts'
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
  /** Of these, truths that do not exist, remembered as null. */
  absent: number
  /** Of the JSON texts. */
  bytes: number
  /** When the first and the last of them expire, in ms from now; null for what has no life. */
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
    const facts = await asked(
      Promise.all(entries.map(({ key }) => Promise.all([redis.strlen(key), redis.pttl(key)]))),
    )
    entries.forEach(({ what }, i) => {
      const [bytes, lifeMs] = facts[i] ?? [0, -2]
      if (lifeMs === -2) return // expired meanwhile
      const row = rows.get(what) ?? emptyRow(what)
      rows.set(what, row)
      row.entries += 1
      row.bytes += bytes
      if (bytes === '[]'.length) row.empty += 1
      if (bytes === 'null'.length) row.absent += 1
      if (lifeMs >= 0) {
        row.firstExpiryMs = Math.min(row.firstExpiryMs ?? lifeMs, lifeMs)
        row.lastExpiryMs = Math.max(row.lastExpiryMs ?? lifeMs, lifeMs)
      }
    })
  }
  const version = await asked(redis.get(keys.version(worldId)))
  return {
    worldId,
    version: version === null ? null : Number(version),
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
