import { sumBy } from 'es-toolkit'
import type { WarmRow } from '../cache/inspect.ts'
import type { CacheObserver } from '../cache/observer.ts'
import type { Kind } from '../model/kind.ts'
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

/** What is warm of the kinds that are warmed, and when it was. */
export function demoReport(
  rows: readonly WarmRow[],
  clock: Pick<FillClock, 'lastOf'>,
  kinds: readonly Kind[],
): string {
  const warmed = kinds.filter(({ warm }) => warm !== 'never')
  const lines = warmed.map(kind => {
    const these = rows.filter(row => row.kind === kind.name)
    const ms = clock.lastOf(kind.name)
    return [
      kind.name,
      count(sumBy(these, ({ entries }) => entries)),
      bytes(sumBy(these, row => row.bytes)),
      ms === undefined ? '' : duration(ms),
    ]
  })
  return table(['kind', 'entries', 'bytes', 'warm after'], lines)
}
