import { count, duration } from '../../cli/terminal.ts'
import type { FaultRow, NearRegisterReport } from './near.ts'
import { percent } from './percent.ts'
import type { Counts } from './setup.ts'

const columns: [string, (row: Summed) => string][] = [
  ['fault', ({ fault }) => fault],
  ['times', ({ times }) => String(times)],
  ['reads', ({ reads }) => count(reads)],
  ['of them near', ({ near, reads }) => percent(near, reads)],
  ['stale', ({ staleReads }) => count(staleReads)],
  ['past the cache', ({ bypassed }) => count(bypassed)],
  ['writes (deferred)', ({ writes, deferred }) => `${count(writes)} (${count(deferred)})`],
  ['evicted near', ({ evictions }) => count(evictions)],
  ['near given up', ({ lost }) => count(lost)],
  ['slowest recovery', ({ slowestMs }) => duration(slowestMs)],
]

interface Summed extends Counts {
  fault: string
  times: number
  slowestMs: number
}

/** One line for each fault, of all the times that it came. */
export function nearTable(rows: readonly FaultRow[]): string {
  const faults = [...new Set(rows.map(({ fault }) => fault))]
  const summed = faults.map(fault =>
    rows
      .filter(row => row.fault === fault)
      .map(once)
      .reduce(added),
  )
  return markdownTable(
    columns.map(([name]) => name),
    summed.map(row => columns.map(([, cell]) => cell(row))),
  )
}

/** As docs have it. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

const once = ({ recoveryMs, ...row }: FaultRow): Summed => ({ ...row, times: 1, slowestMs: recoveryMs })

function added(a: Summed, b: Summed): Summed {
  const sums = Object.entries(a).map(([name, value]) =>
    typeof value === 'number' ? [name, value + (b[name as keyof Counts] as number)] : [name, value],
  )
  return { ...Object.fromEntries(sums), slowestMs: Math.max(a.slowestMs, b.slowestMs) } as Summed
}

export function summary(
  { reads, near, writes, staleReads, evictions, errors }: NearRegisterReport,
  { processes, seconds }: { processes: number; seconds: number },
): string {
  return [
    `${processes} processes, ${duration(seconds * 1_000)}: ${count(reads)} reads, ${percent(near, reads)} of them near`,
    `${count(writes)} writes, ${count(evictions)} near values evicted, ${staleReads} stale, ${errors.length} errors`,
  ].join('; ')
}
