import type { Queue } from 'bullmq'
import { memoize, once } from 'es-toolkit'
import { closeQueue, openQueue, prefixOf } from '../../queues/connect.ts'
import type { QueueDefinition } from '../../queues/define.ts'
import { openStore } from '../../queues/redis.ts'
import { openSharedConnection } from '../../queues/shared-connection.ts'
import { boundedReports } from '../../resilience/bounded-reports.ts'
import { createAuditLog } from '../audit/log.ts'
import { type AuditObserver, defaultAuditAges } from '../audit/payload.ts'
import { startDraining } from '../flush/drain.ts'
import { refusedJob } from '../flush/payload.ts'
import { createPendingWriter } from '../flush/write-pending.ts'
import { createEnsureStale } from '../invalidate/together.ts'
import { queues } from '../queues.ts'
import type { PoolDeps } from './deps.ts'
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
  const { address, concurrency = {}, onFinished = () => {} } = options
  const place = { address, prefix: prefixOf(options) }
  const onError = boundedReports(options.onError ?? (() => {}))
  const { queueConnection } = options.deps
  const shared = queueConnection?.leadsTo(place) ? queueConnection.hold() : openSharedConnection(place)
  const connection = shared.forWorker()
  const store = openStore({ ...place, onError, connection: shared }, { commandTimeout: 2_000 })
  const stopping = new AbortController()

  const { telemetry } = options.deps
  const opened = new Map<string, Queue>()
  const openNamed = (name: string) => {
    const definition = queues.find(queue => queue.name === name) as QueueDefinition<PoolDeps>
    return openQueue(definition, { connection, prefix: place.prefix, telemetry }, onError)
  }
  const queueOf = memoize(openNamed, { cache: opened })
  const flushQueue = queueOf(refusedJob.queue)
  const { onFlushed = () => {} } = options
  const deps: PoolDeps = {
    ...options.deps,
    pendingWriter: createPendingWriter({ ...options.deps, onFlushed }, flushQueue),
    ensureStale: createEnsureStale(options.deps.cache),
    auditing: {
      agesMs: options.auditAgesMs ?? defaultAuditAges,
      onAudit: options.onAudit ?? noAuditObserver,
      log: createAuditLog(store),
    },
  }
  const draining = startDraining({ ...options.drain, deps, queue: flushQueue, onError })
  const { prefix } = place
  const common = { deps, queueOf, prefix, stopping: stopping.signal, onFinished, onError }
  const workers = queues.map(queue => {
    const definition = { ...queue, concurrency: concurrency[queue.name] ?? queue.concurrency }
    const open = (onTaken: () => () => void) =>
      openWorker({ ...common, connection: shared.forWorker(), definition, onTaken })
    return watchWorker({ ...options.watchdog, connection: shared, place, onError, open })
  })

  const close = once(async (graceMs: number) => {
    await Promise.all(workers.map(({ worker }) => closeWithin(worker, graceMs)))
    await Promise.all(Array.from(opened.values(), closeQueue))
    connection.disconnect()
    store.redis.disconnect()
    shared.release()
  })
  return {
    close(graceMs) {
      stopping.abort()
      for (const watched of workers) watched.stop()
      draining.stop()
      return close(graceMs)
    },
  }
}

const noAuditObserver: AuditObserver = { checked: () => {}, inconsistent: () => {}, found: () => {} }
