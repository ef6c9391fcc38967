import { sumBy } from 'es-toolkit'
import type { WarmRow } from '../cache/inspect.ts'
import type { Kind } from '../model/kind.ts'
import { table } from './table.ts'
import { bytes, count, duration } from './terminal.ts'

/** How long after `start()` the last entry of each kind was stored. */
export function createFillClock() {
  const last = new Map<string, number>()
  let startedAt = performance.now()
  return {
    start(): void {
      startedAt = performance.now()
    },
    filled: (kind: string) => void last.set(kind, performance.now() - startedAt),
    /** Milliseconds; undefined for a kind of which nothing was stored. */
    lastOf: (kind: string) => last.get(kind),
    total: () => Math.max(0, ...last.values()),
  }
}

/** What is warm of the kinds that are warmed, and when it was. */
export function demoReport(
  rows: readonly WarmRow[],
  clock: Pick<ReturnType<typeof createFillClock>, 'lastOf'>,
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
