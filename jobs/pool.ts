import { type Job, Queue, Worker } from 'bullmq'
import { defaultPrefix, type QueuePlace, workerConnection } from '../queues/connect.ts'
import { kept } from '../queues/spec.ts'
import { warmQueue } from '../queues/warm.ts'
import type { JobDeps } from './deps.ts'
import { warmProcessor } from './warm.ts'

/** The workers of one process. */
export interface Pool {
  /** Takes no new job, finishes what it holds, and after `graceMs` hands the rest back. Safe twice. */
  close(graceMs: number): Promise<void>
}

export interface PoolOptions extends QueuePlace {
  deps: JobDeps
  /** How many warm jobs run at a time in this process. Default 4. */
  warmConcurrency?: number
  onFinished?(queue: string, outcome: 'completed' | 'failed', seconds: number): void
  onTrouble?(error: Error): void
}

/** A worker that dies is noticed after its lock has run out: its jobs go on elsewhere within 10 to 15 s. */
const crashes = { lockDuration: 10_000, stalledInterval: 5_000, maxStalledCount: 10 }

export async function startPool({
  address,
  prefix = defaultPrefix,
  deps,
  warmConcurrency = 4,
  onFinished = () => {},
  onTrouble = () => {},
}: PoolOptions): Promise<Pool> {
  const connection = workerConnection(address)
  const queue = new Queue(warmQueue.name, {
    connection,
    prefix,
    defaultJobOptions: { ...kept, ...warmQueue.jobs },
  })
  const worker = new Worker(warmQueue.name, warmProcessor(deps, queue), {
    connection,
    prefix,
    concurrency: warmConcurrency,
    ...crashes,
  })
  const tell = (outcome: 'completed' | 'failed') => (job: Job | undefined) =>
    onFinished(warmQueue.name, outcome, job?.processedOn ? (Date.now() - job.processedOn) / 1000 : 0)
  queue.on('error', onTrouble)
  worker.on('error', onTrouble)
  worker.on('completed', tell('completed'))
  worker.on('failed', tell('failed'))

  let closing: Promise<void> | undefined
  return {
    close(graceMs) {
      closing ??= closeWithin(worker, graceMs).finally(() => queue.close())
      return closing
    },
  }
}

/** `worker.close()` waits for its jobs without end; when time is up it is forced, and others take the jobs over. */
async function closeWithin(worker: Worker, graceMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeUp = new Promise<'late'>(resolve => {
    timer = setTimeout(() => resolve('late'), graceMs)
  })
  const outcome = await Promise.race([worker.close(), timeUp])
  clearTimeout(timer)
  if (outcome === 'late') await worker.close(true)
}
