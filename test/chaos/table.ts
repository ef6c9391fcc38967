import type { Row } from './chaos.ts'

const columns: [string, (row: Row) => string][] = [
  ['fault', ({ fault }) => fault],
  ['reads', ({ reads }) => String(reads)],
  ['reads failed', ({ failed }) => failures(failed)],
  ['slowest read', ({ slowestMs }) => ms(slowestMs)],
  ['slowest load', ({ slowestLoadMs }) => ms(slowestLoadMs)],
  ['trusted again after', ({ recoveryMs }) => ms(recoveryMs)],
  ['stale reads', ({ stale }) => String(stale)],
  ['behind by < 1 s', ({ behind }) => String(behind)],
  ['writes (deferred, failed)', row => `${row.writes} (${row.deferred}, ${row.writesFailed})`],
  ['lost changes', ({ lost }) => String(lost.length)],
  ['heap before, after', row => `${row.heapBeforeMb.toFixed(0)}, ${row.heapAfterMb.toFixed(0)} MB`],
]

const ms = (value: number) => `${Math.round(value)} ms`

function failures(failed: Row['failed']): string {
  const all = Object.entries(failed).map(([code, count]) => `${count} ${code}`)
  return all.length === 0 ? '0' : all.join(', ')
}

export function chaosTable(rows: readonly Row[]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  return [
    line(columns.map(([name]) => name)),
    line(columns.map(() => '---')),
    ...rows.map(row => line(columns.map(([, cell]) => cell(row)))),
  ].join('\n')
}

export function chaosPage(
  rows: readonly Row[],
  { seconds, machine }: { seconds: number; machine: string },
): string {
  return `# Chaos, as measured

Written by \`npm run test:chaos\`. Two game processes read and write registers, a third one works on jobs and relays the
outbox, all on real servers, while each fault lasts ${seconds} s. Entities live for two seconds, so that reads miss all the
time. A read's time is that of the whole read, its load and its waiting for a turn of the event loop included; the
slowest load from Neo4j stands beside it.

A read is **stale** that gives less than its own process has written, or less than any process was acknowledged
(\`'invalidated'\`) before the read began. **Behind** are reads of a process that did not trust its cache, which missed a
change of *another* process from within the last second: that is what the in-process cache may do (docs/outages.md).
**Lost** are registers that any process reads as other than Neo4j has them, when all is over.

${machine}

${chaosTable(rows)}
`
}
