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
  onProgress?: (progress: Progress) => void,
): Promise<Result> {
  const seen = await watchJobUntil<Result, Progress>(place, job, { ...(onProgress && { onProgress }) })
  return (seen as Completed<Result>).result // as no progress is enough
}

export interface WatchOptions<Progress> {
  onProgress?(progress: Progress): void
  /** Whether the job has come far enough to be waited for no longer. Default: it never has. */
  isEnough?(progress: Progress): boolean
}

interface Completed<Result> {
  state: 'completed'
  result: Result
}

/** The same, but waits no longer than until the job has reported a progress that is enough. */
export async function watchJobUntil<Result, Progress>(
  place: QueuePlace,
  job: JobRef,
  { onProgress = () => {}, isEnough = () => false }: WatchOptions<Progress>,
): Promise<Completed<Result> | { state: 'enough'; progress: Progress }> {
  const queues = object(place, 'place') as unknown as QueuePlace
  const { queue: name, id } = object(job, 'job') as unknown as JobRef
  for (const [field, given] of Object.entries({ 'job.queue': name, 'job.id': id })) {
    if (typeof given !== 'string' || given === '') throw wrong(field, 'must be text', given)
  }
  const options = { connection: workerConnection(queues), prefix: prefixOf(queues) }
  const queue = new Queue(name, options)
  const events = new QueueEvents(name, options)
  // The next look waits until Redis is back. Without a listener BullMQ prints each error of the connection.
  queue.on('error', () => {})
  events.on('error', () => {})
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
      const progress = job.progress as Progress
      const isNew = typeof progress === 'object' && JSON.stringify(progress) !== shown
      if (isNew) onProgress(progress)
      if (isNew) shown = JSON.stringify(progress)
      if (state === 'failed') throw new HearthError('JobFailed', await reasonOf(queue, job))
      if (state === 'completed') return { state, result: job.returnvalue }
      if (isNew && isEnough(progress)) return { state: 'enough', progress }
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
