import { Queue, type Worker } from 'bullmq'
import { closeQueue, producerConnection, type QueuePlace } from '../../queues/connect.ts'
import { repeat } from '../../resilience/repeat.ts'
import { within } from '../../resilience/within.ts'

export interface WatchdogOptions {
  place: Required<QueuePlace>
  /** Starts a worker that calls `onTaken` for each job that it takes, and what that returns when the job has ended. */
  open(onTaken: () => () => void): Worker
  /** How long a worker with room for more may take no job although some wait. Milliseconds, default 15,000. */
  stuckMs?: number
  /** How often to look. Milliseconds, default 5,000. */
  everyMs?: number
  onError(error: Error): void
}

const answerMs = 3_000

/**
 * A worker that is replaced where it takes no jobs although some wait. A connection whose other end is gone without a word looks like one on which nothing happens, and BullMQ waits on it
 * for ever. So whether jobs wait is asked on a new connection.
 */
export function watchWorker({ place, open, stuckMs = 15_000, everyMs = 5_000, onError }: WatchdogOptions) {
  let tookAt = 0
  let jobs = { running: 0 }
  let worker = watched()

  function watched(): Worker {
    const mine = { running: 0 }
    jobs = mine
    tookAt = performance.now()
    return open(() => {
      tookAt = performance.now()
      mine.running += 1
      return () => {
        mine.running -= 1
      }
    })
  }

  async function look(stopped: AbortSignal): Promise<void> {
    const isQuiet = performance.now() - tookAt > stuckMs && jobs.running < worker.concurrency
    const seen = tookAt
    if (!isQuiet || worker.isPaused()) return
    try {
      const waiting = await jobsWaiting(place, worker)
      if (!waiting || stopped.aborted || seen !== tookAt) return
      onError(
        new Error(`the worker of the queue ${worker.name} took no job although some wait: it is replaced`),
      )
      const old = worker
      worker = watched()
      old.close(true).catch(() => {})
      old.disconnect().catch(() => {})
    } catch {
      // The queue's Redis is away, so no process can take a job.
    }
  }

  const { stop } = repeat(everyMs, look)
  return {
    /** The one that works now. */
    get worker() {
      return worker
    },
    stop,
  }
}

async function jobsWaiting(place: Required<QueuePlace>, worker: Worker): Promise<boolean> {
  const queue = new Queue(worker.name, {
    connection: { ...producerConnection(place), enableOfflineQueue: true },
    prefix: place.prefix,
    skipMetasUpdate: true,
  })
  queue.on('error', () => {})
  try {
    const waiting = await within(answerMs, queue.getJobCountByTypes('waiting', 'prioritized'))
    return waiting > 0 && !(await queue.isPaused())
  } finally {
    await closeQueue(queue).catch(() => {})
  }
}
