import { table } from './table.ts'
import { count, duration, print } from './terminal.ts'
import { type Flags, requireCache, withHearth } from './with-hearth.ts'

interface Row {
  id: string
  score: number
  /** What the score would be of a steady rate. */
  readsPerMinute: number
  /** Of its entry of the first counted kind, its timeline; null where that is not warm. */
  expiresInMs: number | null
}

/** `hearth popular`: which entities are read most, and whether they are warm. */
export const popular = (worldId: string, flags: Flags & { top: number; json?: true }): Promise<void> =>
  withHearth(flags, {}, async ({ config, hearth, cache }) => {
    await requireCache(hearth, config.redisUrl)
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
  })

function tableOf(worldId: string, rows: readonly Row[]): string {
  if (rows.length === 0) return `No entity of ${JSON.stringify(worldId)} has been read of late.`
  const shown = rows.map(({ id, score, readsPerMinute, expiresInMs }, i) => [
    id,
    count(i + 1),
    score.toFixed(1),
    readsPerMinute.toFixed(1),
    expiresInMs === null ? 'not warm' : duration(expiresInMs),
  ])
  return table(['entity', 'rank', 'score', 'reads a minute, about', 'expires in'], shown)
}
