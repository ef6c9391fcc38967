import type { WarmRow } from '../cache/inspect.ts'
import type { CacheObserver } from '../cache/observer.ts'
import { typesOf } from '../model/kind.ts'
import { builtInKinds } from '../model/kinds.ts'
import { bytes, count, duration } from './amounts.ts'
import { table } from './table.ts'

/** How long after `start()` the last entry of each kind was stored. */
export interface FillClock extends Pick<CacheObserver, 'filled'> {
  start(): void
  /** Milliseconds; undefined for a kind of which nothing was stored. */
  lastOf(kind: string): number | undefined
  total(): number
}

export function createFillClock(): FillClock {
  const last = new Map<string, number>()
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

/** What is warm, kind by kind, and when it was. */
export function demoReport(rows: readonly WarmRow[], clock: Pick<FillClock, 'lastOf'>): string {
  const lines = builtInKinds.map(kind => {
    const nouns = typesOf(kind).map(type => kind.noun(type))
    const these = rows.filter(({ what }) => nouns.includes(what))
    const ms = clock.lastOf(kind.name)
    return [
      kind.name,
      count(these.reduce((sum, { entries }) => sum + entries, 0)),
      bytes(these.reduce((sum, row) => sum + row.bytes, 0)),
      ms === undefined ? '' : duration(ms),
    ]
  })
  return table(['kind', 'entries', 'bytes', 'warm after'], lines)
}
