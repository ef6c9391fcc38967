import { partition } from 'es-toolkit'
import { uniqueTargets } from '../../model/kinds.ts'
import type { PoolDeps } from '../pool/deps.ts'
import type { Seen } from './look.ts'
import type { Finding, Suspect } from './payload.ts'

/**
 * Reports what stayed wrong, and makes it stale as any change would be: directly, and by a job that makes sure. First
 * it is noted, since what is repaired can't be found again.
 */
export async function reportAndRepair(
  deps: PoolDeps,
  { worldId, repair }: { worldId: string; repair: boolean },
  wrong: readonly { before: Suspect; now: Seen }[],
): Promise<Finding[]> {
  const { nameOf } = deps.cache.keys.kinds
  const findings = wrong.map(
    ({ before, now }): Finding => ({
      worldId,
      target: now.target,
      subject: now.fault === 'popularity' ? `popularity of ${now.target.id}` : nameOf(now.target),
      fault: now.fault,
      detail: now.detail,
      differences: now.differences,
      sinceMs: before.sinceMs,
      atMs: Date.now(),
      version: now.version,
      leftMs: now.leftMs === Number.POSITIVE_INFINITY ? null : now.leftMs,
      repaired: repair,
    }),
  )
  if (findings.length === 0) return []
  await deps.auditing.log.record(findings)
  if (repair) await repairAll(deps, worldId, findings)
  await deps.auditing.log.add({ found: findings.length, repaired: repair ? findings.length : 0 })
  for (const finding of findings) deps.auditing.onAudit.found(finding)
  return findings
}

async function repairAll(
  { cache, ensureInvalidated }: PoolDeps,
  worldId: string,
  findings: readonly Finding[],
) {
  const [unpopular, others] = partition(findings, ({ fault }) => fault === 'popularity')
  const entityIds = unpopular.flatMap(({ target }) => target.id ?? [])
  await cache.popularity.forget(worldId, entityIds)
  const targets = uniqueTargets(others.map(({ target }) => target))
  if (targets.length === 0) return
  const entries = targets.map(target => cache.keys.entryOf(worldId, target))
  const { version } = await cache.leases.invalidate(worldId, entries)
  await ensureInvalidated(targets.map(target => ({ worldId, target, version })))
}
