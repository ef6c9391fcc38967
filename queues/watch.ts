import { Job, Queue, QueueEvents } from 'bullmq'
import { HearthError } from '../errors.ts'
import { defaultPrefix, type QueuePlace, workerConnection } from './connect.ts'
import type { JobRef } from './producer.ts'

/**
 * Waits for a job to finish, and answers what it returned. `onProgress` hears what it reports meanwhile.
 * Throws `JobFailed` with the job's reason, which for a job with children is the failed child's.
 */
export async function watchJob<Result, Progress>(
  { address, prefix = defaultPrefix }: QueuePlace,
  { queue: name, id }: JobRef,
  onProgress: (progress: Progress) => void = () => {},
): Promise<Result> {
  const options = { connection: workerConnection(address), prefix }
  const queue = new Queue(name, options)
  const events = new QueueEvents(name, options)
  events.on('progress', ({ jobId, data }) => {
    if (jobId === id) onProgress(data as Progress)
  })
  try {
    await events.waitUntilReady()
    const job = await Job.fromId<unknown, Result>(queue, id)
    if (!job) throw new HearthError('JobFailed', `there is no job ${id} in the queue ${name}`)
    try {
      return await job.waitUntilFinished(events)
    } catch (cause) {
      throw new HearthError('JobFailed', await reasonOf(queue, job, cause), { cause })
    }
  } finally {
    await Promise.all([events.close(), queue.close()])
  }
}

async function reasonOf(queue: Queue, job: Job, error: unknown): Promise<string> {
  const { failed = [] } = await job.getDependencies({ failed: { count: 1 } })
  const [child] = failed
  if (child) {
    const failure = await Job.fromId(queue, child.slice(child.lastIndexOf(':') + 1))
    if (failure?.failedReason) return failure.failedReason
  }
  return error instanceof Error ? error.message : String(error)
}
