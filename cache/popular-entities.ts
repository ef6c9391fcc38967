import type { Cache } from './cache.ts'

/** An entity that is read, and whether it is warm. */
export interface PopularRow {
  id: string
  /** How often it was read; it fades by a half-life. */
  score: number
  /** The steady rate of reads that has this score. */
  readsPerMinute: number
  /** Of its entry of the first counted kind, its timeline; null where that is not warm. */
  expiresInMs: number | null
}

/**
 * The entities of a world that are read most, the most read first. Throws `CacheUnavailable`.
 * @param halfLifeMs after which a read counts half, as the rounds let it fade
 */
export async function popularEntities(
  { keys, popularity, ttlsMs }: Pick<Cache, 'keys' | 'popularity' | 'ttlsMs'>,
  { worldId, top, halfLifeMs }: { worldId: string; top: number; halfLifeMs: number },
): Promise<PopularRow[]> {
  const [kind] = keys.kinds.counted
  const found = await popularity.topScores(worldId, top)
  const ttls = await ttlsMs(kind ? found.map(({ id }) => keys.entry(kind, worldId, id)) : [])
  const perMinute = (60_000 * Math.LN2) / halfLifeMs
  return found.map(({ id, score }, i) => ({
    id,
    score,
    readsPerMinute: score * perMinute,
    expiresInMs: ttls[i] || null,
  }))
}
