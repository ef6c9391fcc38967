import type { AuditProgress, AuditResult, Finding } from '../jobs/audit/payload.ts'
import { watchJob } from '../queues/watch.ts'
import { auditAges } from './process-metrics.ts'
import { showProgress } from './progress.ts'
import { type Cell, table } from './table.ts'
import { count, duration, note, print } from './terminal.ts'
import { awaiting, type Flags, withHearth } from './with-hearth.ts'

export interface AuditFlags extends Flags {
  all?: true
  kinds?: readonly string[]
  repair?: true
  report?: true
  json?: true
}

const noProgress = { show: () => {}, end: () => {} }

/** `hearth audit`: has workers compare what is cached of a world with Neo4j. Exits with 1 where anything is wrong. */
export const audit = (worldId: string, flags: AuditFlags): Promise<void> =>
  withHearth(flags, {}, async opened => {
    const { config, hearth } = opened
    const repair = flags.repair ?? (flags.report ? false : config.auditRepair)
    const started = performance.now()
    const { all = false, kinds } = flags
    const job = await hearth.audit(worldId, { all, kinds, sample: config.auditSample, repair })
    const progress = flags.json ? noProgress : showProgress(`auditing ${worldId}`, 'entries')
    const noteWaiting = waitingNote(auditAges(config))
    const result = await awaiting(opened, place =>
      watchJob<AuditResult, AuditProgress>(place, job, now => {
        progress.show(now)
        if (now.done >= now.total) progress.end()
        noteWaiting(now)
      }),
    ).finally(progress.end)
    print(
      flags.json
        ? JSON.stringify({ worldId, ...result })
        : auditReport(worldId, result, performance.now() - started),
    )
    if (result.outcome !== 'consistent') process.exitCode = 1
  })

/** Says once why the command is silent for minutes. */
function waitingNote(agesMs: readonly number[]): (progress: AuditProgress) => void {
  let said = false
  return ({ suspects }) => {
    if (said || suspects === 0) return
    said = true
    const forMs = duration(agesMs.at(-1) ?? 0)
    note(`Something differs, which may only be in flight: it is looked at again, for ${forMs} in all.`)
  }
}

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
