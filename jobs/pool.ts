import { type Job, type Processor, Queue, UnrecoverableError, Worker } from 'bullmq'
import { HearthError } from '../errors.ts'
import { closeQueue, defaultPrefix, type QueuePlace, workerConnection } from '../queues/connect.ts'
import { invalidateQueue } from '../queues/invalidate.ts'
import { backoffMs, kept, type QueueSpec } from '../queues/spec.ts'
import { warmQueue } from '../queues/warm.ts'
import type { JobDeps } from './deps.ts'
import { invalidateProcessor } from './invalidate.ts'
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
  /** How many invalidate jobs run at a time in this process. Default 50. */
  invalidateConcurrency?: number
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
  invalidateConcurrency = 50,
  onFinished = () => {},
  onTrouble = () => {},
}: PoolOptions): Promise<Pool> {
  const connection = workerConnection(address)
  const chunks = new Queue(warmQueue.name, {
    connection,
    prefix,
    defaultJobOptions: { ...kept, ...warmQueue.jobs },
  })
  chunks.on('error', onTrouble)

  const work = ({ name }: QueueSpec, concurrency: number, processor: Processor) => {
    const worker = new Worker(name, onceWhereWrong(processor), {
      connection,
      prefix,
      concurrency,
      settings: { backoffStrategy: backoffMs },
      ...crashes,
    })
    const tell = (outcome: 'completed' | 'failed') => (job: Job | undefined) =>
      onFinished(name, outcome, job?.processedOn ? (Date.now() - job.processedOn) / 1000 : 0)
    worker.on('error', onTrouble)
    worker.on('completed', tell('completed'))
    worker.on('failed', tell('failed'))
    return worker
  }
  const workers = [
    work(warmQueue, warmConcurrency, warmProcessor(deps, chunks)),
    work(invalidateQueue, invalidateConcurrency, invalidateProcessor(deps)),
  ]

  let closing: Promise<void> | undefined
  return {
    close(graceMs) {
      closing ??= Promise.all(workers.map(worker => closeWithin(worker, graceMs))).then(() =>
        closeQueue(chunks),
      )
      return closing
    },
  }
}

/** A payload that is wrong now is wrong at the next attempt too: it fails at once, for somebody to look at. */
function onceWhereWrong(processor: Processor): Processor {
  return async (job, token) => {
    try {
      return await processor(job, token)
    } catch (error) {
      if (!(error instanceof HearthError && error.code === 'InvalidInput')) throw error
      throw new UnrecoverableError(error.message)
    }
  }
}

/** `worker.close()` waits for its jobs without end; when time is up we leave, and others take them over. */
async function closeWithin(worker: Worker, graceMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeUp = new Promise<'late'>(resolve => {
    timer = setTimeout(() => resolve('late'), graceMs)
  })
  const outcome = await Promise.race([worker.close(), timeUp])
  clearTimeout(timer)
  if (outcome === 'late') await worker.disconnect()
}
