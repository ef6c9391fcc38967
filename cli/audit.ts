import type { AuditProgress, AuditResult } from '../jobs/audit/payload.ts'
import { watchJob } from '../queues/watch.ts'
import { duration } from './amounts.ts'
import { auditReport } from './audit-report.ts'
import { auditAges } from './process-metrics.ts'
import { showProgress } from './progress.ts'
import type { Flags } from './setting-flags.ts'
import { note, print } from './terminal.ts'
import { awaiting, withHearth } from './with-hearth.ts'

export interface AuditFlags extends Flags {
  all?: true
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
    const job = await hearth.audit(worldId, { all: flags.all ?? false, sample: config.auditSample, repair })
    const progress = flags.json ? noProgress : showProgress({ what: `auditing ${worldId}`, unit: 'entries' })
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
