import type { Job, Queue } from 'bullmq'
import { HearthError } from '../errors.ts'
import { auditJobs } from '../queues/audit.ts'
import { lookAgain } from './audit/again.ts'
import type { AuditDeps } from './audit/deps.ts'
import { auditWorld } from './audit/world.ts'

/** Works on the `audit` queue: compares worlds with the truth, and looks again at what differed. */
export function auditProcessor(deps: Omit<AuditDeps, 'addAgain'>, queue: Queue) {
  const auditDeps: AuditDeps = {
    ...deps,
    async addAgain(from, { jobId, name, payload, delayMs }) {
      // Those who look again at what these saw are children of the same audit.
      const parent = from.parent
        ? { id: String(from.parent.id), queue: from.parent.queueKey }
        : { id: String(from.id), queue: from.queueQualifiedName }
      await queue.add(name, payload, { jobId, delay: delayMs, parent, failParentOnFailure: true })
    },
  }

  return async (job: Job, token = ''): Promise<unknown> => {
    if (job.name === auditJobs.world) return auditWorld(auditDeps, job, token)
    if (job.name === auditJobs.again) return lookAgain(auditDeps, job)
    throw new HearthError('InvalidInput', `the audit queue has no job named ${job.name}`)
  }
}

/** As long as the chunk took: an audit is in no hurry, and leaves half of the time to others. */
export const restAsLong = (tookMs: number): Promise<void> =>
  new Promise(resolve => setTimeout(resolve, tookMs))
