import { countBy } from 'es-toolkit'
import { uniqueTargets } from '../../model/kinds.ts'
import type { Target } from '../../model/world-data.ts'
import type { JobRun } from '../../queues/define.ts'
import type { PoolDeps } from '../pool/deps.ts'
import { isSame, lookAtEntries, lookAtPopularity, type Seen } from './look.ts'
import {
  ageName,
  misleads,
  type RecheckPayload,
  type RecheckResult,
  recheckJob,
  type Suspect,
} from './payload.ts'
import { reportAndRepair } from './report.ts'

/** An entry that is another difference at every look is followed no longer: it changes all the time. */
const maxRestarts = 3
/** Findings that a job's result has room for; all are counted, and kept. */
const maxShown = 20

/**
 * Looks again at what was wrong, at the entry and at the source. What is right by now was in flight. A difference that
 * is another one than before is new, and its age begins anew. What is the same at the last look is reported.
 */
export async function recheck(run: JobRun<RecheckPayload>, deps: PoolDeps): Promise<RecheckResult> {
  const { worldId, repair, stage, suspects } = run.payload
  const { agesMs, log, onAudit } = deps.auditing
  const now = await lookAtSuspects(deps, worldId, suspects)

  const older: { before: Suspect; now: Seen }[] = []
  const fresh: Suspect[] = []
  let unsettled = 0
  for (const [i, before] of suspects.entries()) {
    const seen = now[i]
    if (!seen) continue
    if (isSame(before, seen)) older.push({ before, now: seen })
    else if (before.restarts >= maxRestarts) unsettled += 1
    else fresh.push(suspectOf(seen, before.restarts + 1))
  }

  const age = ageName(agesMs[Math.min(stage, agesMs.length - 1)] ?? 0)
  const misled = older.filter(({ now }) => misleads(now.fault)).length
  const isLast = stage >= agesMs.length - 1
  if (!isLast)
    await followUp({ ...run, agesMs }, { worldId, repair, stage: stage + 1, suspects: older.map(grown) })
  await followUp({ ...run, agesMs }, { worldId, repair, stage: 0, suspects: fresh })
  const findings = isLast ? await reportAndRepair(deps, { worldId, repair }, older) : []
  if (misled > 0) {
    await log.add({ [`age:${age}`]: misled })
    onAudit.inconsistent(age, misled)
  }
  return {
    settled: suspects.length - older.length - fresh.length - unsettled,
    unsettled,
    inconsistent: misled > 0 ? { [age]: misled } : {},
    findings: findings.slice(0, maxShown),
    found: countBy(findings, ({ fault }) => fault),
    repaired: repair ? findings.length : 0,
  }
}

/** The same fault of each, where it is still there. */
async function lookAtSuspects(
  deps: PoolDeps,
  worldId: string,
  suspects: readonly Suspect[],
): Promise<(Seen | undefined)[]> {
  const entries = suspects.filter(({ fault }) => fault !== 'popularity').map(({ target }) => target)
  const ids = suspects.flatMap(({ fault, target }) =>
    fault === 'popularity' && 'id' in target ? target.id : [],
  )
  const unique = uniqueTargets(entries)
  const { seen } = unique.length === 0 ? { seen: [] as Seen[] } : await lookAtEntries(deps, worldId, unique)
  const all = new Map(
    [...seen, ...(await lookAtPopularity(deps, worldId, ids))].map(one => [keyOf(one), one]),
  )
  return suspects.map(suspect => all.get(keyOf(suspect)))
}

const keyOf = ({ target, fault }: { target: Target; fault: string }) => JSON.stringify([fault, target])

/** What has grown older keeps those marks that it always had. */
const grown = ({ before, now }: { before: Suspect; now: Seen }): Suspect => ({
  ...before,
  marks: now.fault === 'popularity' ? now.marks : before.marks.filter(mark => now.marks.includes(mark)),
})

export const suspectOf = ({ target, fault, marks, expiresAtMs }: Seen, restarts = 0): Suspect => ({
  target,
  fault,
  marks,
  expiresAtMs,
  restarts,
  sinceMs: Date.now(),
})

/**
 * A delayed job, for which the audit waits: a recheck's own rechecks are children of the same audit. Its id is the same
 * after a crash, so that it is handed out once.
 */
export async function followUp(
  { job, queue, agesMs }: Pick<JobRun<unknown>, 'job' | 'queue'> & Pick<PoolDeps['auditing'], 'agesMs'>,
  payload: RecheckPayload,
  number = payload.stage,
): Promise<void> {
  if (payload.suspects.length === 0) return
  const parent = job.parent
    ? { id: String(job.parent.id), queue: job.parent.queueKey }
    : { id: String(job.id), queue: job.queueQualifiedName }
  const delayMs = (agesMs[payload.stage] ?? 0) - (agesMs[payload.stage - 1] ?? 0)
  await queue.add(recheckJob.name, payload, {
    jobId: `${job.id}-${number}`,
    delay: Math.max(0, delayMs),
    parent,
    failParentOnFailure: true,
  })
}
