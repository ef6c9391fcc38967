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

This page has measurements of every kind of outage. \`npm run test:chaos\` writes it. Two game processes read and write
registers, and a third process works on jobs and relays the outbox, all on real servers, while each fault lasts ${seconds} s.
Entities have a TTL of two seconds, so that reads miss all the time. The time of a read includes its load and its wait
for a turn of the event loop; the slowest load from Neo4j is in the next column.

A read is **stale** if it returns less than its own process has written, or less than any process had acknowledged
(\`'invalidated'\`) before the read began. Reads are **behind** if their process did not trust its cache, and they missed a
change of *another* process from the last second; the in-process cache may do that (docs/outages.md). Registers are
**lost** if, at the end, any process reads another value than Neo4j has.

${machine}

${chaosTable(rows)}
`
}
