import type { PopularRow } from '../cache/popular-entities.ts'
import { table } from './table.ts'
import { count, duration, print } from './terminal.ts'
import { type Flags, requireCache, withHearth } from './with-hearth.ts'

/** `hearth popular`: which entities are read most, and whether they are warm. */
export const popular = (worldId: string, flags: Flags & { top: number; json?: true }): Promise<void> =>
  withHearth(flags, {}, async ({ config, hearth, operations }) => {
    await requireCache(hearth, config.redisUrl)
    const rows = await operations.popular(worldId, flags.top)
    print(flags.json ? JSON.stringify({ worldId, entities: rows }) : tableOf(worldId, rows))
  })

function tableOf(worldId: string, rows: readonly PopularRow[]): string {
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
