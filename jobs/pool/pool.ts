import { Queue } from 'bullmq'
import { once } from 'es-toolkit'
import { closeQueue, defaultPrefix, workerConnection } from '../../queues/connect.ts'
import { kept, type QueueDefinition } from '../../queues/define.ts'
import { openRedis } from '../../queues/redis.ts'
import { boundedReports } from '../../resilience/bounded-reports.ts'
import { type AuditObserver, restAsLong } from '../audit/deps.ts'
import { createAuditLog } from '../audit/log.ts'
import { defaultAuditAges } from '../audit/payload.ts'
import { startDraining } from '../flush/drain.ts'
import { refusedJob } from '../flush/payload.ts'
import { createPendingWriter } from '../flush/write-pending.ts'
import { queues } from '../queues.ts'
import type { PoolDeps } from './deps.ts'
import { stoppableDeps } from './lost-lock.ts'
import { checkPoolOptions, type PoolOptions } from './options.ts'
import { watchWorker } from './watchdog.ts'
import { closeWithin, openWorker } from './worker.ts'

/** The workers of one process. */
export interface Pool {
  /** Takes no new job, finishes what it holds, and after `graceMs` hands the rest back. Safe twice. */
  close(graceMs: number): Promise<void>
}

/** Starts a worker for each queue. Rejects with `InvalidConfig`, which lists everything that is wrong with the options. */
export async function startPool(options: PoolOptions): Promise<Pool> {
  checkPoolOptions(options)
  const {
    address,
    prefix = defaultPrefix,
    deps: given,
    concurrency = {},
    watchdog = {},
    drain = {},
  } = options
  const { onFinished = () => {}, onFlushed = () => {}, onAudit = noAuditObserver } = options
  const { auditAgesMs: agesMs = defaultAuditAges } = options
  const onTrouble = boundedReports(options.onTrouble ?? (() => {}))
  const connection = workerConnection(address)
  const logRedis = openRedis(address, { maxRetriesPerRequest: 1, commandTimeout: 2_000 }, onTrouble)
  const stopping = new AbortController()

  const opened: Queue[] = []
  const open = ({ name, options: defaults }: QueueDefinition<PoolDeps>): Queue => {
    const { telemetry } = given
    const defaultJobOptions = { ...kept, ...defaults }
    const queue = new Queue(name, { connection, prefix, defaultJobOptions, ...(telemetry && { telemetry }) })
    queue.on('error', onTrouble)
    opened.push(queue)
    return queue
  }
  const queueOf = new Map(queues.map(queue => [queue.name, once(() => open(queue))]))
  const flushQueue = (queueOf.get(refusedJob.queue) as () => Queue)()

  const stoppable = stoppableDeps(given)
  const pendingWriter = createPendingWriter(stoppable, flushQueue)
  const auditing = { agesMs, onAudit, rest: restAsLong, log: createAuditLog({ redis: logRedis, prefix }) }
  const deps: PoolDeps = { ...stoppable, pendingWriter, auditing, onFlushed }

  const draining = startDraining({ ...drain, deps, queue: flushQueue, onTrouble })
  const workers = queues.map(definition =>
    watchWorker({
      ...watchdog,
      place: { address, prefix },
      onTrouble,
      open: onTaken =>
        openWorker({
          definition,
          deps,
          queue: queueOf.get(definition.name) as () => Queue,
          connection,
          prefix,
          concurrency: concurrency[definition.name] ?? definition.concurrency,
          stopping: stopping.signal,
          onTaken,
          onFinished,
          onTrouble,
        }),
    }),
  )

  async function close(graceMs: number): Promise<void> {
    await Promise.all(workers.map(({ worker }) => closeWithin(worker, graceMs)))
    await Promise.all(opened.map(closeQueue))
    logRedis.disconnect()
  }

  let closing: Promise<void> | undefined
  return {
    close(graceMs) {
      stopping.abort()
      for (const watched of workers) watched.stop()
      draining.stop()
      closing ??= close(graceMs)
      return closing
    },
  }
}

const noAuditObserver: AuditObserver = { checked: () => {}, inconsistent: () => {}, found: () => {} }
