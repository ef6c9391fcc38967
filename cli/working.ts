import { partsOf } from '../hearth/hearth.ts'
import type { AuditObserver } from '../jobs/audit/payload.ts'
import { sweepPending } from '../jobs/flush/sweep.ts'
import { startPool } from '../jobs/pool/pool.ts'
import { queuePlace } from './connect.ts'
import { auditAges } from './process-metrics.ts'
import type { ServingContext } from './serving-context.ts'

export async function startWorking(
  context: Pick<ServingContext, 'config' | 'hearth' | 'metrics' | 'log' | 'onError' | 'closing'>,
): Promise<void> {
  const { config, hearth, metrics, onError, closing } = context
  const pool = await startPool({
    ...queuePlace(config),
    deps: hearth.jobDeps({
      chunkSize: config.warmChunk,
      warmUrgent: config.warmUrgent,
      warmBudget: {
        entities: config.warmMaxEntities,
        ...(config.warmMaxBytes !== undefined && { bytes: config.warmMaxBytes }),
      },
    }),
    concurrency: { warm: config.warmConcurrency },
    onFinished: metrics.hearth.jobFinished,
    onFlushed: metrics.pending.flushed,
    auditAgesMs: auditAges(config),
    onAudit: loggingFindings(context),
    onError,
  })
  await closing.opened('the workers', () => pool.close(graceMs(config.shutdownMs)))
  await sweepPending(partsOf(hearth)).catch(onError) // flush jobs that the process which accepted events could not add
}

/** Most of the time that we have is the jobs'; the rest is for closing what they use. */
const graceMs = (shutdownMs: number): number => shutdownMs - Math.min(1_000, shutdownMs / 4)

/** Also logs a line for each finding: nothing of its values. */
function loggingFindings({ metrics, log }: Pick<ServingContext, 'metrics' | 'log'>): AuditObserver {
  return {
    ...metrics.audit,
    found(finding) {
      metrics.audit.found(finding)
      const { worldId, subject, fault, detail, sinceMs, repaired, differences } = finding
      const facts = {
        worldId,
        entry: subject,
        fault,
        since: new Date(sinceMs).toISOString(),
        repaired,
        fields: differences.map(({ field }) => field),
      }
      log.warn(facts, `an audit found ${subject} of ${worldId} ${fault}: ${detail}`)
    },
  }
}
