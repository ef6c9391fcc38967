import type { Job, Queue } from 'bullmq'
import { defineQueue, work } from '../../queues/define.ts'
import type { PoolDeps } from '../pool/deps.ts'
import type { AuditDeps, Recheck } from './deps.ts'
import { auditWorldJob, recheckJob } from './payload.ts'
import { recheck } from './recheck.ts'
import { auditWorld } from './world.ts'

/** Worlds to compare with the source. A job that fails is not tried again: another one is scheduled. */
export const auditQueue = defineQueue<PoolDeps>({
  name: auditWorldJob.queue,
  options: { attempts: 1 },
  concurrency: 2,
  works: [
    work(auditWorldJob, ({ job, token, queue }, deps) => auditWorld(depsOf(deps, queue), job, token)),
    work(recheckJob, ({ job, queue }, deps) => recheck(depsOf(deps, queue), job)),
  ],
})

const depsOf = ({ auditing, ...deps }: PoolDeps, queue: Queue): AuditDeps => ({
  ...deps,
  ...auditing,
  addRecheck: (from, again) => addRecheck(queue, from, again),
})

/** Rechecks of what others saw again are children of the same audit. */
async function addRecheck(queue: Queue, from: Job, { jobId, payload, delayMs }: Recheck): Promise<void> {
  const parent = from.parent
    ? { id: String(from.parent.id), queue: from.parent.queueKey }
    : { id: String(from.id), queue: from.queueQualifiedName }
  await queue.add(recheckJob.name, payload, { jobId, delay: delayMs, parent, failParentOnFailure: true })
}
