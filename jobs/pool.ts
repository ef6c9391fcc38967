import { type Job, type Processor, Queue, UnrecoverableError, type Worker } from 'bullmq'
import { HearthError } from '../errors.ts'
import { auditQueue, defaultAuditAges } from '../queues/audit.ts'
import { createAuditLog } from '../queues/audit-log.ts'
import { boundedReports } from '../queues/bounded-reports.ts'
import { closeQueue, defaultPrefix, workerConnection } from '../queues/connect.ts'
import { flushQueue } from '../queues/flush.ts'
import { invalidateQueue } from '../queues/invalidate.ts'
import { openRedis } from '../queues/redis.ts'
import { refreshQueue } from '../queues/refresh.ts'
import { backoffMs, kept, type QueueSpec } from '../queues/spec.ts'
import { detached } from '../queues/telemetry.ts'
import { warmQueue } from '../queues/warm.ts'
import type { AuditObserver } from './audit/deps.ts'
import { auditProcessor, restAsLong } from './audit.ts'
import { startDraining } from './drain.ts'
import { flushProcessor, showRefused } from './flush.ts'
import { invalidateProcessor } from './invalidate.ts'
import { stoppable, stoppableDeps } from './lost-lock.ts'
import { waitingOutOutages } from './outages.ts'
import { PatientWorker } from './patient-worker.ts'
import { checkPoolOptions, type PoolOptions } from './pool-options.ts'
import { refreshProcessor } from './refresh.ts'
import { warmProcessor } from './warm.ts'
import { watchWorker } from './watchdog.ts'
import { createPendingWriter } from './write-pending.ts'

/** The workers of one process. */
export interface Pool {
  /** Takes no new job, finishes what it holds, and after `graceMs` hands the rest back. Safe twice. */
  close(graceMs: number): Promise<void>
}

/** So that the pages can tell how many jobs end in a minute. */
const counting = { metrics: { maxDataPoints: 60 } }

/** A worker that dies is noticed after its lock has run out: its jobs go on elsewhere within 10 to 15 s. */
const crashes = { lockDuration: 10_000, stalledInterval: 5_000, maxStalledCount: 10 }

/** Rejects with `InvalidConfig`, which lists everything that is wrong with the options. */
export async function startPool(options: PoolOptions): Promise<Pool> {
  checkPoolOptions(options)
  return openPool(options)
}

function openPool({
  address,
  prefix = defaultPrefix,
  deps: given,
  warmConcurrency = 4,
  invalidateConcurrency = 50,
  refreshConcurrency = 4,
  flushConcurrency = 8,
  auditConcurrency = 2,
  auditAgesMs = defaultAuditAges,
  onAudit = noAuditObserver,
  onFlushed = () => {},
  watchdog = {},
  drain = {},
  onFinished = () => {},
  onTrouble: report = () => {},
}: PoolOptions): Pool {
  const onTrouble = boundedReports(report)
  const connection = workerConnection(address)
  const deps = stoppableDeps(given)
  const telemetry = given.telemetry && { telemetry: given.telemetry }
  const stopping = new AbortController()
  const outages = { breaker: deps.cache.breaker, stopping: stopping.signal }
  const open = ({ name, jobs }: QueueSpec) => {
    const queue = new Queue(name, {
      ...{ connection, prefix, defaultJobOptions: { ...kept, ...jobs } },
      ...telemetry,
    })
    queue.on('error', onTrouble)
    return queue
  }
  const chunks = open(warmQueue)
  const refused = open(flushQueue)
  const audits = open(auditQueue)
  const logRedis = openRedis(address, { maxRetriesPerRequest: 1, commandTimeout: 2_000 }, onTrouble)
  const auditing = {
    ...{ ...deps, agesMs: auditAgesMs, onAudit, rest: restAsLong },
    log: createAuditLog({ redis: logRedis, prefix }),
  }

  const work = ({ name }: QueueSpec, concurrency: number, processor: Processor) => {
    const resilient = stoppable(waitingOutOutages(onceWhereWrong(processor), outages))
    const options = {
      connection,
      prefix,
      concurrency,
      settings: { backoffStrategy: backoffMs },
      ...crashes,
      ...counting,
      ...telemetry,
    }
    const worker = detached(given.telemetry, () => new PatientWorker(name, resilient, options))
    const tell = (outcome: 'completed' | 'failed') => (job: Job | undefined) =>
      onFinished(name, outcome, job?.processedOn ? (Date.now() - job.processedOn) / 1000 : 0)
    worker.on('error', onTrouble)
    worker.on('completed', tell('completed'))
    worker.on('failed', tell('failed'))
    worker.on('lockRenewalFailed', (ids: string[]) => {
      for (const id of ids) worker.cancelJob(id, 'its lock is lost: another worker may have the job')
    })
    return worker
  }
  const watch = (spec: QueueSpec, concurrency: number, processor: Processor) =>
    watchWorker({
      ...watchdog,
      ...{ place: { address, prefix }, processor, onTrouble },
      open: watched => work(spec, concurrency, watched),
    })
  const writer = createPendingWriter(deps, payload => showRefused(refused, payload))
  const draining = startDraining({
    ...drain,
    deps: { ...deps, onFlushed },
    writer,
    queue: refused,
    onTrouble,
  })
  const workers = [
    watch(warmQueue, warmConcurrency, warmProcessor(deps, chunks)),
    watch(invalidateQueue, invalidateConcurrency, invalidateProcessor(deps)),
    watch(refreshQueue, refreshConcurrency, refreshProcessor(deps)),
    watch(flushQueue, flushConcurrency, flushProcessor({ ...deps, onFlushed }, writer)),
    watch(auditQueue, auditConcurrency, auditProcessor(auditing, audits)),
  ]

  let closing: Promise<void> | undefined
  return {
    close(graceMs) {
      stopping.abort()
      for (const watched of workers) watched.stop()
      draining.stop()
      closing ??= Promise.all(workers.map(({ worker }) => closeWithin(worker, graceMs)))
        .then(() => Promise.all([chunks, refused, audits].map(closeQueue)))
        .then(() => logRedis.disconnect())
      return closing
    },
  }
}

const noAuditObserver: AuditObserver = { checked: () => {}, inconsistent: () => {}, found: () => {} }

/** A payload that is wrong now is wrong at the next attempt too: it fails at once, for somebody to look at. */
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
async function closeWithin(worker: Worker, graceMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeUp = new Promise<'late'>(resolve => {
    timer = setTimeout(() => resolve('late'), graceMs)
  })
  const outcome = await Promise.race([worker.close(), timeUp])
  clearTimeout(timer)
  if (outcome === 'late') worker.disconnect().catch(() => {}) // not waited for: the other end may be gone
}
