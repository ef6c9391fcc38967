import type { AuditResult, Finding } from '../jobs/audit/payload.ts'
import { count, duration } from './amounts.ts'
import { type Cell, table } from './table.ts'

/** What an audit came to, for a person. */
export function auditReport(worldId: string, result: AuditResult, tookMs: number): string {
  const { checked, kinds, popular, suspects, settled, unsettled, found, repaired, findings } = result
  const world = JSON.stringify(worldId)
  const all = Object.values(found).reduce((sum, n) => sum + n, 0)
  if (checked === 0 && popular === 0) return `Nothing of ${world} is cached, so there is nothing to compare.`

  const rows = Object.entries(kinds).map(([kind, n]) => [kind, count(n)])
  const lines = [
    table(['what', 'compared'], [...rows, ['popularity', count(popular)]]),
    `${count(checked)} entries of ${world} were compared with the source in ${duration(tookMs)}.`,
  ]
  if (suspects > 0) {
    const changing = unsettled > 0 ? `, ${count(unsettled)} changed all the time` : ''
    lines.push(
      `${count(suspects)} looked wrong at first: ${count(settled)} were only in flight${changing}, ${count(all)} stayed wrong.`,
    )
  }
  if (all === 0)
    return [...lines, 'Readers get what the source has, and nothing is there that does not belong.'].join(
      '\n',
    )

  const ages = Object.entries(result.inconsistent)
  if (ages.length > 0)
    lines.push(
      table(
        ['readers were misled for', 'entries'],
        ages.map(([age, n]) => [age, count(n)]),
      ),
    )
  lines.push(table(['entry', 'what is wrong', 'since (UTC)', 'differs in'], findings.map(rowOf), 4))
  if (findings.length < all)
    lines.push(`… and ${count(all - findings.length)} more; the overview lists the last.`)
  lines.push(
    repaired > 0
      ? `${count(repaired)} were repaired: the next read loads them from Neo4j.`
      : 'They were only reported; --repair invalidates them.',
  )
  return lines.join('\n')
}

const rowOf = (finding: Finding): Cell[] => [
  finding.subject,
  `${finding.fault}: ${finding.detail}`,
  new Date(finding.sinceMs).toISOString().slice(0, 19).replace('T', ' '),
  finding.differences
    .slice(0, 3)
    .map(({ field, cached, truth }) => `${field}: ${cached ?? 'nothing'}, truth ${truth ?? 'nothing'}`),
]
