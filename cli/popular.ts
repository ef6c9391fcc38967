import { readConfig } from '../config/read.ts'
import { partsOf } from '../hearth/hearth.ts'
import { count, duration } from './amounts.ts'
import { openHearth, requireCache } from './connect.ts'
import { noWorld } from './no-world.ts'
import { print } from './print.ts'
import type { Flags } from './setting-flags.ts'
import { table } from './table.ts'

/** One of the most read entities of a world. */
interface Row {
  id: string
  score: number
  /** What the score would be of a steady rate. */
  readsPerMinute: number
  /** Null where its timeline is not warm. */
  expiresInMs: number | null
}

/** `hearth popular`: whose timelines are read most, and whether they are warm. */
export async function popular(worldId: string, flags: Flags & { top: number; json?: true }): Promise<void> {
  const config = readConfig({ flags, needs: ['redisUrl'] })
  const hearth = openHearth({ config, world: noWorld() })
  try {
    await requireCache(hearth, config.redisUrl)
    const { cache } = partsOf(hearth)
    const [kind] = cache.keys.kinds.counted
    const found = await cache.popularity.topScores(worldId, flags.top)
    const entries = kind ? found.map(({ id }) => cache.keys.entry(kind, worldId, id)) : []
    const ttlsMs = await cache.ttlsMs(entries)
    const perMinute = (60_000 * Math.LN2) / config.popularityHalfLifeMs
    const rows = found.map(({ id, score }, i): Row => {
      const expiresInMs = ttlsMs[i] || null
      return { id, score, readsPerMinute: score * perMinute, expiresInMs }
    })
    print(flags.json ? JSON.stringify({ worldId, entities: rows }) : tableOf(worldId, rows))
  } finally {
    await hearth.close()
  }
}

function tableOf(worldId: string, rows: readonly Row[]): string {
  if (rows.length === 0) return `No timeline of ${JSON.stringify(worldId)} has been read of late.`
  const shown = rows.map(({ id, score, readsPerMinute, expiresInMs }, i) => [
    id,
    count(i + 1),
    score.toFixed(1),
    readsPerMinute.toFixed(1),
    expiresInMs === null ? 'not warm' : duration(expiresInMs),
  ])
  return table(['entity', 'rank', 'score', 'reads a minute, about', 'expires in'], shown)
}
