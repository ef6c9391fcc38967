import type { JobType, Queue } from 'bullmq'
import { type JobStatus, statusOf } from './find-job.ts'
import { queueAnswered } from './redis.ts'

const states = [
  'active',
  'waiting',
  'prioritized',
  'waiting-children',
  'delayed',
  'failed',
  'completed',
] as const

/** The connections of queues wait for ever. Milliseconds. */
const limitMs = 2_000

/**
 * Jobs of a world, the last added first: those among the newest `count(queue)` of each queue and state, since BullMQ finds
 * no job by its world. Throws `QueueUnavailable`.
 */
export async function jobsOfWorld(
  queues: readonly Queue[],
  worldId: string,
  count: (queue: string) => number,
): Promise<JobStatus[]> {
  const pages = queues.flatMap(queue =>
    states.map(async state => {
      const jobs = await queue.getJobs([state as JobType], 0, count(queue.name) - 1)
      return jobs.flatMap(job => (job?.data?.worldId === worldId ? [statusOf(job, state)] : []))
    }),
  )
  const found = (await queueAnswered(Promise.all(pages), { limitMs })).flat()
  const byId = new Map(found.map(job => [`${job.queue} ${job.id}`, job])) // one may have moved on in between
  return [...byId.values()].sort((a, b) => b.addedAt - a.addedAt)
}
