import { readConfig } from '../config/read.ts'
import { partsOf } from '../hearth/hearth.ts'
import type { AuditProgress, AuditResult } from '../jobs/audit/payload.ts'
import { watchJob } from '../queues/watch.ts'
import { duration } from './amounts.ts'
import { auditReport } from './audit-report.ts'
import { openHearth } from './connect.ts'
import { noWorld } from './no-world.ts'
import { note, print } from './print.ts'
import { showProgress } from './progress.ts'
import type { Flags } from './setting-flags.ts'
import { warnWithoutWorkers } from './without-workers.ts'

export interface AuditFlags extends Flags {
  all?: true
  repair?: true
  report?: true
  json?: true
}

/** `hearth audit`: has workers compare what is cached of a world with the truth. Exits with 1 where anything is wrong. */
export async function audit(worldId: string, flags: AuditFlags): Promise<void> {
  const config = readConfig({ flags, needs: ['redisUrl'] })
  const hearth = openHearth({ config, world: noWorld() })
  try {
    const repair = flags.repair ?? (flags.report ? false : config.auditRepair)
    const started = performance.now()
    const job = await hearth.audit(worldId, { all: flags.all ?? false, sample: config.auditSample, repair })
    const place = { address: config.queueRedisUrl ?? config.redisUrl, prefix: config.queuePrefix }
    const warning = warnWithoutWorkers(partsOf(hearth), place)
    const progress = flags.json
      ? { show: () => {}, end: () => {} }
      : showProgress({ what: `auditing ${worldId}`, unit: 'entries' })
    const tellOnce = tellOfWaiting(config.auditAgesMs)
    const result = await watchJob<AuditResult, AuditProgress>(place, job, now => {
      progress.show(now)
      if (now.done >= now.total) progress.end()
      tellOnce(now)
    }).finally(() => {
      warning.stop()
      progress.end()
    })
    print(
      flags.json
        ? JSON.stringify({ worldId, ...result })
        : auditReport(worldId, result, performance.now() - started),
    )
    if (result.outcome !== 'consistent') process.exitCode = 1
  } finally {
    await hearth.close()
  }
}

/** So that nobody takes the silence of minutes for a command that hangs. */
function tellOfWaiting(ages: string): (progress: AuditProgress) => void {
  const lastMs = Number(ages.split(',').at(-1))
  let told = false
  return ({ suspects }) => {
    if (told || suspects === 0) return
    told = true
    note(
      `Something differs, which may only be in flight: it is looked at again, for ${duration(lastMs)} in all.`,
    )
  }
}
