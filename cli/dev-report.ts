import type { WarmRow } from '../cache/inspect.ts'
import { type Kind, kinds } from '../cache/keys.ts'
import type { CacheObserver } from '../cache/observer.ts'
import { bytes, count, duration } from './amounts.ts'
import { table } from './table.ts'

/** How long after `start()` the last entry of each kind was stored. */
export interface FillClock extends Pick<CacheObserver, 'filled'> {
  start(): void
  /** Milliseconds; undefined for a kind of which nothing was stored. */
  lastOf(kind: Kind): number | undefined
  total(): number
}

export function createFillClock(): FillClock {
  const last = new Map<Kind, number>()
  let startedAt = performance.now()
  return {
    start() {
      startedAt = performance.now()
    },
    filled: kind => void last.set(kind, performance.now() - startedAt),
    lastOf: kind => last.get(kind),
    total: () => Math.max(0, ...last.values()),
  }
}

const kindOf = (what: WarmRow['what']): Kind =>
  what === 'character' || what === 'location' || what === 'object' ? 'entity' : what

/** What is warm, kind by kind, and when it was. */
export function demoReport(rows: readonly WarmRow[], clock: Pick<FillClock, 'lastOf'>): string {
  const lines = kinds.map(kind => {
    const these = rows.filter(({ what }) => kindOf(what) === kind)
    const ms = clock.lastOf(kind)
    return [
      kind,
      count(these.reduce((sum, { entries }) => sum + entries, 0)),
      bytes(these.reduce((sum, row) => sum + row.bytes, 0)),
      ms === undefined ? '' : duration(ms),
    ]
  })
  return table(['kind', 'entries', 'bytes', 'warm after'], lines)
}
