import { Queue, type Worker } from 'bullmq'
import { closeQueue, type QueuePlace } from '../../queues/connect.ts'
import { openSharedConnection, type SharedConnection } from '../../queues/shared-connection.ts'
import { repeat } from '../../resilience/repeat.ts'
import { within } from '../../resilience/within.ts'

export interface WatchdogOptions {
  place: Required<QueuePlace>
  /** To these queues. */
  connection: Pick<SharedConnection, 'view' | 'renew'>
  /** Starts a worker that calls `onTaken` for each job that it takes, and what that returns when the job has ended. */
  open(onTaken: () => () => void): Worker
  /** How long a worker with room for more may take no job although some wait. Milliseconds, default 15,000. */
  stuckMs?: number
  /** How often to look. Milliseconds, default 5,000. */
  everyMs?: number
  onError(error: Error): void
}

/** On the connection that is there, and on a new one. Milliseconds. */
const answerMs = 1_000
const newAnswerMs = 3_000

/**
 * A worker that is replaced where it takes no jobs although some wait. The connection on which it waits may have lost its
 * other end without a word, which looks like one on which nothing happens. So whether jobs wait is asked on the one that
 * this process shares, and where that does not answer, on a new one.
 */
export function watchWorker(options: WatchdogOptions) {
  const { place, connection, open, stuckMs = 15_000, everyMs = 5_000, onError } = options
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
      const waiting = await jobsWaiting(worker.name, place, connection)
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

async function jobsWaiting(
  name: string,
  place: Required<QueuePlace>,
  shared: WatchdogOptions['connection'],
): Promise<boolean> {
  const { prefix } = place
  const known = shared.view({ commandTimeout: answerMs })
  return areWaiting(name, { connection: known, prefix }, answerMs).catch(async () => {
    const fresh = openSharedConnection(place)
    const connection = fresh.view({ commandTimeout: newAnswerMs })
    const waiting = await areWaiting(name, { connection, prefix }, newAnswerMs).finally(fresh.release)
    shared.renew()
    return waiting
  })
}

async function areWaiting(
  name: string,
  { connection, prefix }: { connection: ReturnType<SharedConnection['view']>; prefix: string },
  limitMs: number,
): Promise<boolean> {
  const queue = new Queue(name, { connection, prefix, skipMetasUpdate: true, skipVersionCheck: true })
  queue.on('error', () => {})
  try {
    const waiting = await within(limitMs, queue.getJobCountByTypes('waiting', 'prioritized'))
    return waiting > 0 && !(await queue.isPaused())
  } finally {
    await closeQueue(queue).catch(() => {})
    connection.disconnect()
  }
}
