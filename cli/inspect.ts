import type { WarmReport, WarmRow } from '../cache/inspect.ts'
import { table } from './table.ts'
import { bytes, count, duration, print, shown, span } from './terminal.ts'
import { type Flags, requireCache, withHearth } from './with-hearth.ts'

/** `hearth inspect`: what of a world is warm. */
export const inspect = (worldId: string, flags: Flags & { json?: true }): Promise<void> =>
  withHearth(flags, {}, async ({ config, hearth, cache, operations }) => {
    await requireCache(hearth, config.redisUrl)
    const report = await operations.inspect(worldId)
    const usualMs = (kind: string) => cache.ttlPolicy.usualMs(cache.keys.kinds.named(kind))
    print(flags.json ? JSON.stringify(report) : warmReport(report, usualMs))
  })

/** How long entries of a kind live, in ms, as it was when the report's entries were filled. */
type UsualMs = (kind: string) => number

const head = ['what', 'entries', 'empty', 'absent', 'bytes', 'expires in', 'age, about']

export function warmReport({ worldId, version, rows }: WarmReport, usualMs: UsualMs): string {
  if (rows.length === 0) {
    return `Nothing of ${JSON.stringify(worldId)} is warm. \`hearth activate ${shown(worldId)}\` warms it.`
  }
  const cells = rows.map(row => [
    row.what,
    count(row.entries),
    count(row.empty),
    count(row.absent),
    bytes(row.bytes),
    expiryOf(row),
    ageOf(row, usualMs),
  ])
  const versionLine =
    version === null ? 'Nothing of it was ever invalidated, so it has no version.' : `Version ${version}.`
  return `${table(head, cells)}\n${versionLine}`
}

function expiryOf({ firstExpiryMs, lastExpiryMs }: WarmRow): string {
  if (firstExpiryMs === null || lastExpiryMs === null) return 'never'
  return span(duration(roughly(firstExpiryMs)), duration(roughly(lastExpiryMs)))
}

/** From what is left of the lives; they are jittered, so this is no more than an idea. */
function ageOf(row: WarmRow, usualMs: UsualMs): string {
  const { firstExpiryMs, lastExpiryMs, absent } = row
  if (firstExpiryMs === null || lastExpiryMs === null || absent > 0) return '' // an absent one's life is another
  const middle = (firstExpiryMs + lastExpiryMs) / 2
  return duration(roughly(Math.max(0, usualMs(row.kind) - middle)))
}

/** Whole seconds. */
const roughly = (ms: number): number => Math.round(ms / 1_000) * 1_000
