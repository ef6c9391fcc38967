import type { Job, Queue } from 'bullmq'
import { type JobStatus, statusOf } from '../../queues/find-job.ts'
import { queueAnswered } from '../../queues/redis.ts'
import { warmWorldJob } from './payload.ts'

/** Worlds that are being warmed, or are about to be. Throws `QueueUnavailable`. */
export async function worldsBeingWarmed(queues: readonly Queue[]): Promise<JobStatus[]> {
  const queue = queues.find(({ name }) => name === warmWorldJob.queue)
  if (!queue) return []
  const states = ['active', 'waiting-children', 'waiting'] as const
  const found = await queueAnswered(
    Promise.all(states.map(state => queue.getJobs([state], 0, maxJobs - 1, true))),
  )
  return found.flatMap((jobs, i) =>
    jobs
      .filter((job: Job | undefined) => job?.name === warmWorldJob.name)
      .map(job => statusOf(job, String(states[i]))),
  )
}

const maxJobs = 50
