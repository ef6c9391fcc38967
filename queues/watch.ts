import { Job, Queue, QueueEvents } from 'bullmq'
import { object, wrong } from '../model/arguments.ts'
import { HearthError } from '../model/errors.ts'
import { prefixOf, type QueuePlace, workerConnection } from './connect.ts'
import type { JobRef } from './producer.ts'

/** Events wake the watcher; but one that comes while the stream is being opened is missed, so it looks by itself too. */
const lookEveryMs = 250

/**
 * Waits for a job to finish, and answers what it returned. `onProgress` hears what it reports meanwhile.
 * Throws `JobFailed` with the job's reason, which for a job with children is the failed child's.
 */
export async function watchJob<Result, Progress>(
  place: QueuePlace,
  job: JobRef,
  onProgress: (progress: Progress) => void = () => {},
): Promise<Result> {
  const queues = object(place, 'place') as unknown as QueuePlace
  const { queue: name, id } = object(job, 'job') as unknown as JobRef
  for (const [field, given] of Object.entries({ 'job.queue': name, 'job.id': id })) {
    if (typeof given !== 'string' || given === '') throw wrong(field, 'must be text', given)
  }
  const options = { connection: workerConnection(queues), prefix: prefixOf(queues) }
  const queue = new Queue(name, options)
  const events = new QueueEvents(name, options)
  let wake = () => {}
  for (const event of ['completed', 'failed', 'progress'] as const) {
    events.on(event, ({ jobId }: { jobId: string }) => {
      if (jobId === id) wake()
    })
  }
  try {
    for (let shown = ''; ; ) {
      const woken = new Promise<void>(resolve => {
        wake = resolve
        setTimeout(resolve, lookEveryMs)
      })
      const state = await queue.getJobState(id)
      const job = await Job.fromId<unknown, Result>(queue, id) // after its state, so that it has what that state left
      if (!job) throw new HearthError('JobFailed', `there is no job ${id} in the queue ${name}`)
      const progress = JSON.stringify(job.progress)
      if (typeof job.progress === 'object' && progress !== shown) onProgress(job.progress as Progress)
      shown = progress
      if (state === 'failed') throw new HearthError('JobFailed', await reasonOf(queue, job))
      if (state === 'completed') return job.returnvalue
      await woken
    }
  } finally {
    await Promise.all([events.close(), queue.close()])
  }
}

async function reasonOf(queue: Queue, job: Job): Promise<string> {
  const { failed = [] } = await job.getDependencies({ failed: { count: 1 } })
  const [child] = failed
  const failure = child ? await Job.fromId(queue, child.slice(child.lastIndexOf(':') + 1)) : undefined
  return (failure ?? job).failedReason || 'the job failed without a reason'
}
