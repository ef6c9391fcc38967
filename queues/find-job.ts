import type { Job, JobType, Queue } from 'bullmq'
import { z } from 'zod'
import { HearthError } from '../model/errors.ts'
import type { JobState } from './job-states.ts'
import { queueAnswered } from './redis.ts'

/** A job, for a caller that waits for it. Times in milliseconds since 1970. */
export interface JobStatus {
  queue: string
  id: string
  name: string
  state: string
  worldId: string | null
  /** `readyMs`: of a warming, when what players wait for was warm, in milliseconds since `addedAt`. */
  progress: { done: number; total: number; readyMs?: number | undefined } | null
  result: unknown
  failedReason: string | null
  attemptsMade: number
  addedAt: number
  startedAt: number | null
  finishedAt: number | null
}

/** The connections of queues wait for ever. Milliseconds. */
const limitMs = 2_000

/** Undefined for a queue or a job that is not there (any more). Throws `QueueUnavailable`. */
export async function findJob(
  queues: readonly Queue[],
  { queue: name, id }: { queue: string; id: string },
): Promise<JobStatus | undefined> {
  const queue = queues.find(queue => queue.name === name)
  const found = queue && (await jobOf(queue, id))
  return found && statusOf(found.job, found.state)
}

/**
 * A job, as BullMQ has it; undefined where there is none. BullMQ keeps what belongs to the queue itself beside the jobs,
 * under keys that an id can name (`meta`, `completed`, `17:lock`): only what is in one of a queue's states is a job.
 */
export async function jobOf(queue: Queue, id: string): Promise<{ job: Job; state: string } | undefined> {
  const state = await queueAnswered(queue.getJobState(id), { limitMs })
  if (state === 'unknown') return undefined
  const job = await queueAnswered(queue.getJob(id), { limitMs }) // after its state, so that it has what that state left
  return job && { job, state }
}

/** The newest jobs of a queue in this state; undefined for a queue that is not there. Throws `QueueUnavailable`. */
export async function jobsInState(
  queues: readonly Queue[],
  { queue: name, state, limit }: { queue: string; state: JobState; limit: number },
): Promise<JobStatus[] | undefined> {
  const queue = queues.find(queue => queue.name === name)
  if (!queue) return undefined
  const states: JobType[] = state === 'waiting' ? ['waiting', 'prioritized'] : [state]
  const jobs = await queueAnswered(queue.getJobs(states, 0, limit - 1), { limitMs })
  return jobs.flatMap(job => (job ? [statusOf(job, state)] : [])).slice(0, limit)
}

/**
 * Has a failed job run again. Undefined where it is not there. Throws `JobNotFailed`, or
 * `QueueUnavailable`.
 */
export async function retryJob(
  queues: readonly Queue[],
  job: { queue: string; id: string },
): Promise<JobStatus | undefined> {
  const queue = queues.find(({ name }) => name === job.queue)
  const found = queue && (await jobOf(queue, job.id))
  if (!found) return undefined
  if (found.state !== 'failed') {
    const problem = `job ${job.id} of the queue ${job.queue} is ${found.state}: only a failed one can run again`
    throw new HearthError('JobNotFailed', problem)
  }
  await queueAnswered(found.job.retry('failed'), { limitMs })
  return findJob([queue], job)
}

const progressSchema = z.object({ done: z.number(), total: z.number(), readyMs: z.number().optional() })

export function statusOf(job: Job, state: string): JobStatus {
  const { data, progress } = job
  return {
    queue: job.queueName,
    id: String(job.id),
    name: job.name,
    state,
    worldId: typeof data?.worldId === 'string' ? data.worldId : null,
    progress: progressSchema.safeParse(progress).data ?? null,
    result: job.returnvalue ?? null,
    failedReason: job.failedReason ?? null,
    attemptsMade: job.attemptsMade,
    addedAt: job.timestamp,
    startedAt: job.processedOn ?? null,
    finishedAt: job.finishedOn ?? null,
  }
}
