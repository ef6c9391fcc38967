import {
  type ConnectionOptions,
  type Job,
  type Processor,
  type Queue,
  UnrecoverableError,
  type Worker,
} from 'bullmq'
import { HearthError } from '../../model/errors.ts'
import { parsePayload } from '../../model/parse.ts'
import { backoffMs } from '../../queues/backoff.ts'
import { type QueueDefinition, workNamed } from '../../queues/define.ts'
import { detached } from '../../queues/telemetry.ts'
import { endsWithin } from '../../resilience/within.ts'
import type { PoolDeps } from './deps.ts'
import { stoppableDeps } from './lost-lock.ts'
import { waitingOutOutages } from './outages.ts'
import { PatientWorker } from './patient-worker.ts'

/** So that the pages can show how many jobs end in a minute. */
const metrics = { maxDataPoints: 60 }

/** A worker that dies is noticed after its lock has run out: its jobs go on elsewhere within 10 to 15 s. */
const crashes = { lockDuration: 10_000, stalledInterval: 5_000, maxStalledCount: 10 }

export interface WorkerOptions {
  definition: QueueDefinition<PoolDeps>
  deps: PoolDeps
  /** Opens the queue, for jobs that add others. */
  queueOf(name: string): Queue
  connection: ConnectionOptions
  prefix: string
  /** Aborted when the pool closes. */
  stopping: AbortSignal
  /** Is called when a job is taken; what it returns, when the job has ended. */
  onTaken(): () => void
  onFinished(queue: string, outcome: 'completed' | 'failed', seconds: number): void
  onError(error: Error): void
}

export function openWorker(options: WorkerOptions): Worker {
  const { definition, deps, connection, prefix, stopping, onFinished, onError } = options
  const { name, concurrency } = definition
  const { telemetry } = deps
  const outages = { breaker: deps.cache.breaker, stopping, onUnknownKind: onError }
  // It has three parameters, by which BullMQ knows that it wants the signal.
  const processor = waitingOutOutages(onceWhereWrong(processorOf(options)), outages)
  const workerOptions = {
    connection,
    prefix,
    concurrency,
    settings: { backoffStrategy: backoffMs },
    metrics,
    ...crashes,
    ...(telemetry && { telemetry }),
  }
  const worker = detached(telemetry, () => new PatientWorker(name, processor, workerOptions))
  const finished = (outcome: 'completed' | 'failed') => (job: Job | undefined) =>
    onFinished(name, outcome, job?.processedOn ? (Date.now() - job.processedOn) / 1000 : 0)
  worker.on('error', onError)
  worker.on('completed', finished('completed'))
  worker.on('failed', finished('failed'))
  worker.on('lockRenewalFailed', (ids: string[]) => {
    for (const id of ids) worker.cancelJob(id, 'its lock is lost: another worker may have the job')
  })
  return worker
}

/** Finds what works on a job, and gives it the job's payload. */
function processorOf({ definition, deps, queueOf, onTaken }: WorkerOptions): Processor {
  return async (job, token = '', signal) => {
    const ended = onTaken()
    try {
      const work = workNamed(definition, job.name)
      const payload = parsePayload(work.job.payload, job.data, `${definition.name} job`)
      const run = { job, payload, token, queue: queueOf(definition.name) }
      return await work.process(run, signal ? stoppableDeps(deps, signal as AbortSignal) : deps)
    } finally {
      ended()
    }
  }
}

/** A payload that is wrong now is wrong at the next attempt too: it fails at once, to be looked at. */
function onceWhereWrong(processor: Processor): Processor {
  return async (job, token, signal) => {
    try {
      return await processor(job, token, signal)
    } catch (error) {
      if (!(error instanceof HearthError && error.code === 'InvalidInput')) throw error
      throw new UnrecoverableError(error.message)
    }
  }
}

/** `worker.close()` waits for its jobs without end; when time is up we leave, and others take them over. */
export async function closeWithin(worker: Worker, graceMs: number): Promise<void> {
  const closing = worker.close()
  if (await endsWithin(graceMs, closing)) await closing
  else worker.disconnect().catch(() => {}) // not waited for: the other end may be gone
}
