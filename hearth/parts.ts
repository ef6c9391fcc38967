import type { Cache } from '../cache/cache.ts'
import type { JobDeps } from '../jobs/deps.ts'
import { createEnsureInvalidated } from '../jobs/invalidate/ensure.ts'
import { queues } from '../jobs/queues.ts'
import { createFleetCounts } from '../queues/fleet-counts.ts'
import { createNotifyRelay } from '../queues/notify-relay.ts'
import { createPending, type Pending } from '../queues/pending.ts'
import { createProducer, type Producer } from '../queues/producer.ts'
import { openSharedConnection, type SharedConnection } from '../queues/shared-connection.ts'
import type { LoadLimiter } from '../resilience/load-limiter.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { showNear } from '../telemetry/near-metrics.ts'
import { type Appends, createAppends } from './append-events.ts'
import { type Changes, createChanges } from './changed.ts'
import { compareWithFleet, type Differing } from './comparison.ts'
import { createLoading } from './loading.ts'
import { openCache } from './open-cache.ts'
import type { HearthOptions } from './options.ts'
import { metricsOf } from './own-metrics.ts'
import { createPendingReader } from './pending-reader.ts'
import { createProcessStatus } from './process-status.ts'
import { createReads, type Reads } from './reads.ts'
import { settingsOf } from './settings.ts'
import { tracedRead } from './traced-reads.ts'
import { createWrites, type Writes } from './write-through.ts'

/** What a hearth is made of: for the processes of `hearth` and for tests, not for games. */
export interface Parts {
  cache: Cache
  producer: Producer
  /** Of this process to the queues' Redis. */
  queueConnection: SharedConnection
  /** Events that are accepted and not yet in the source. */
  pending: Pending
  ensureInvalidated: JobDeps['ensureInvalidated']
  /** What all loads of this process pass, those of its jobs too. */
  loadLimiter: LoadLimiter
  metrics: Metrics
  /** What workers of this process work with. `chunkSize`: how many entities one job loads, default 500. */
  jobDeps(
    options?: Partial<Pick<JobDeps, 'chunkSize' | 'warmUrgent' | 'warmBudget' | 'onInvalidated'>>,
  ): JobDeps
  reads: Reads
  changes: Changes
  writes: Writes
  appends: Appends
  notifyRelay(): void
  /** The other processes of the fleet that decide differently about cached values, as far as is known. */
  differing(): readonly Differing[]
  /** Resolves when nothing is under way in the background any more. */
  idle(): Promise<void>
  close(): Promise<void>
}

const defaultChunkSize = 500

export function createParts(options: HearthOptions): Parts {
  const { world, fleetCounts = true, tracing } = options
  const settings = settingsOf(options)
  const { kinds, topK, pendingMax, telemetry, onError } = settings
  const queueConnection = openSharedConnection(settings.place)
  const place = { ...settings.place, connection: queueConnection }
  const metrics = metricsOf(options, kinds)
  const fleet = fleetCounts ? createFleetCounts(place) : undefined
  const comparison = compareWithFleet(options, { ...settings, place })
  const notify = createNotifyRelay(place)
  const { notifyRelay } = notify
  const pending = createPending({ ...place, max: pendingMax, replicas: options.queueReplicas })
  const readable = createPendingReader({ pending, world })
  const counters = [metrics, fleet ?? {}]
  const cache = openCache(options, {
    processes: () => comparison?.count() ?? 1,
    settings,
    counters,
    pending,
    notifyRelay,
  })
  if (cache.near) showNear(metrics.registry, cache.near)
  const status = comparison && createProcessStatus(cache)
  if (status) comparison.report(status.now)
  const producer = createProducer({ ...place, queues, telemetry })
  const ensuring = createEnsureInvalidated({ producer, nameOf: kinds.nameOf, telemetry })
  const { ensureInvalidated } = ensuring
  const { bookmarks } = cache
  world.onBookmarks?.(bookmarks.note)
  const loading = createLoading(options, {
    topK,
    pending: readable,
    bookmarks,
    metrics,
    onLoaded: fleet?.addLoad,
  })

  const around = tracing ? tracedRead : undefined
  const reads = createReads({ cache, loads: loading.forReads, topK, around })
  const changes = createChanges({ cache, ensureInvalidated, world, notifyRelay, onError })
  const writes = createWrites({ cache, world, notifyRelay, onError })
  const appends = createAppends({ cache, pending, readable, producer, world, topK, pendingMax, onError })

  const idle = async () => {
    await Promise.all([changes.idle(), appends.idle()])
    await ensuring.idle()
  }
  return {
    cache,
    producer,
    queueConnection,
    pending,
    ensureInvalidated,
    loadLimiter: loading.limiter,
    metrics,
    jobDeps: ({ chunkSize = defaultChunkSize, ...given } = {}) => ({
      cache,
      world: loading.jobsWorld,
      loads: loading.forJobs,
      urgent: loading.urgent,
      pending,
      producer,
      ensureInvalidated,
      queueConnection,
      chunkSize,
      telemetry,
      onInvalidated: metrics.stale,
      onWarming: metrics.warming,
      onUnfit: onError,
      ...given,
    }),
    reads,
    changes,
    writes,
    appends,
    notifyRelay,
    differing: () => comparison?.differing() ?? [],
    idle,
    async close() {
      loading.limiter.stop()
      status?.stop()
      await idle()
      await Promise.all([cache.close(), producer.close(), fleet?.close(), comparison?.close(), world.close()])
      pending.close()
      readable.close()
      notify.close()
      queueConnection.release()
    },
  }
}
