import { omitBy, pick } from 'es-toolkit'
import { type Cache, type CacheOptions, createCache } from '../cache/cache.ts'
import { connectCache, connectReads } from '../cache/connect.ts'
import { combineObservers } from '../cache/observer.ts'
import { type Deciding, fingerprintOf } from '../config/fingerprint.ts'
import type { JobDeps } from '../jobs/deps.ts'
import { createEnsureInvalidated } from '../jobs/invalidate/ensure.ts'
import { queues } from '../jobs/queues.ts'
import { HearthError } from '../model/errors.ts'
import { encodeId } from '../model/ids.ts'
import { createKinds } from '../model/kinds.ts'
import { type AcceptedEvent, standsOn } from '../model/new-events.ts'
import type { QueuePlace } from '../queues/connect.ts'
import { createFleetCounts } from '../queues/fleet-counts.ts'
import { createNotifyRelay } from '../queues/notify-relay.ts'
import { createPending, defaultPendingMax, type Pending } from '../queues/pending.ts'
import { createProducer, type Producer } from '../queues/producer.ts'
import { createTelemetry } from '../queues/telemetry.ts'
import { boundedReports } from '../resilience/bounded-reports.ts'
import { createLoadLimiter, type LoadLimiter } from '../resilience/load-limiter.ts'
import { createMetrics, type Metrics } from '../telemetry/metrics.ts'
import { countShedReads, gaugeLoads, requireOwnMetrics } from '../telemetry/outage-metrics.ts'
import { batched } from '../world/batched.ts'
import { limited } from '../world/limited.ts'
import { createLoads } from '../world/loads.ts'
import { labelOf } from '../world/unreadable.ts'
import { type Appends, createAppends } from './append-events.ts'
import { type Changes, createChanges } from './changed.ts'
import { type Comparison, createComparison, type Differing } from './comparison.ts'
import { defaultTopK, type HearthOptions, queueBeside } from './options.ts'
import { createPendingReader } from './pending-reader.ts'
import { createReads, type Reads } from './reads.ts'
import { traced } from './traced-loads.ts'
import { notingReads, tracedRead } from './traced-reads.ts'
import { createWrites, type Writes } from './write-through.ts'

/** What a hearth is made of: for the processes of `hearth` and for tests, not for games. */
export interface Parts {
  cache: Cache
  producer: Producer
  /** Events that are accepted and not yet in the source. */
  pending: Pending<AcceptedEvent>
  ensureInvalidated: JobDeps['ensureInvalidated']
  /** What all loads of this process pass, those of its jobs too. */
  loadLimiter: LoadLimiter
  metrics: Metrics
  /** What workers of this process work with. `chunkSize`: how many entities one job loads, default 500. */
  jobDeps(options?: Partial<Pick<JobDeps, 'chunkSize' | 'warmBudget' | 'onInvalidated'>>): JobDeps
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
  const { world, config = {}, tracing = false, fleetCounts = true } = options
  const onTrouble = boundedReports(options.onTrouble ?? (() => {}))
  const { kinds: own = config.kinds, topK = config.topK ?? defaultTopK, lives = config.lives } = options
  const { queue: address = queueBeside(options.cache), queuePrefix: prefix } = options
  const kinds = createKinds(own)
  const { metrics = createMetrics({ process: false, kinds: kinds.all }) } = options
  const { observer = {}, readCounts = {} } = options
  const { pendingMax = defaultPendingMax } = options
  requireOwnMetrics(metrics.registry)
  world.onUnreadable?.(what => {
    metrics.unreadable(labelOf(what))
    options.onUnreadable?.(what)
  })
  const place = { address, onTrouble, ...(prefix !== undefined && { prefix }) }
  const telemetry = tracing ? createTelemetry() : undefined

  const fleet = fleetCounts ? createFleetCounts(place) : undefined
  const comparison = compared(options, { place, kinds, topK, lives, onTrouble })
  const notify = createNotifyRelay(place)
  const pending = createPending({ ...place, encodeId, standsOn, most: pendingMax })
  const readable = createPendingReader({ pending, world })
  const cache = createCache({
    redis: connectCache(options.cache, onTrouble),
    reads: connectReads(options.cache, onTrouble),
    kinds,
    delivered: async span =>
      !(await world.outbox.pendingSince(span)) && !(await pending.unseenSince(span.atLeastMs)),
    observer: combineObservers([
      metrics,
      observer,
      fleet ?? {},
      { cacheIs: state => state === 'catching-up' && notify.notifyRelay() }, // what was recorded meanwhile is waited for
      tracing ? notingReads : {},
    ]),
    ...(lives && { lives }),
    ...(readCounts && { readCounts }),
    ...cacheOptions(options),
  })

  const producer = createProducer({ ...place, queues, telemetry })
  const ensuring = createEnsureInvalidated({ producer, nameOf: kinds.nameOf, telemetry })
  const { ensureInvalidated } = ensuring
  const loadLimiter = createLoadLimiter({
    onShed: countShedReads(metrics.registry),
    ...options.loadLimiter,
    ping: world.ping && (() => world.ping?.() ?? Promise.resolve()),
  })
  gaugeLoads(metrics.registry, loadLimiter)
  const spans = tracing ? traced : (untraced: typeof world) => untraced
  const readsWorld = spans(batched(limited(world, loadLimiter, 'read')), 'read')
  const jobsWorld = spans(limited(world, loadLimiter, 'job'), 'job') // in chunks already
  const loads = createLoads({ world: readsWorld, topK, pending: readable })
  const jobLoads = createLoads({ world: jobsWorld, topK, pending: readable })

  const { notifyRelay } = notify
  const count = readCounts ? cache.readCounts.count : () => {}
  const reads = createReads({ cache, loads, topK, count, around: tracing ? tracedRead : undefined })
  const changes = createChanges({ cache, ensureInvalidated, outbox: world.outbox, notifyRelay, onTrouble })
  const writes = createWrites({ cache, world, notifyRelay, onTrouble })
  const appends = createAppends({ cache, pending, readable, producer, world, topK, pendingMax, onTrouble })

  const idle = async () => {
    await Promise.all([changes.idle(), appends.idle()])
    await ensuring.idle()
  }
  return {
    cache,
    producer,
    pending,
    ensureInvalidated,
    loadLimiter,
    metrics,
    jobDeps: ({ chunkSize = defaultChunkSize, ...given } = {}) => ({
      cache,
      world: jobsWorld,
      loads: jobLoads,
      pending,
      producer,
      ensureInvalidated,
      chunkSize,
      telemetry,
      onInvalidated: metrics.stale,
      onUnfit: onTrouble,
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
      loadLimiter.stop()
      await idle()
      await Promise.all([cache.close(), producer.close(), fleet?.close(), comparison?.close(), world.close()])
      pending.close()
      readable.close()
      notify.close()
    },
  }
}

/** This process beside the others of its fleet, unless it takes no part in that. */
function compared(
  { processName = 'backend', world, onDiffering }: HearthOptions,
  {
    place,
    onTrouble,
    ...given
  }: Omit<Deciding, 'world'> & { place: QueuePlace; onTrouble(error: Error): void },
): Comparison | undefined {
  if (processName === false) return undefined
  return createComparison({
    place,
    name: processName,
    fingerprint: fingerprintOf({ ...given, world: world.decides }),
    onDiffering:
      onDiffering ?? (differing => differing && onTrouble(new HearthError('InvalidConfig', differing.text))),
  })
}

/** Options of the cache that are passed on; the last three are given by tests alone. */
const passedOn = ['leaseMs', 'cluster', 'outageCache', 'scripts', 'waitMs', 'sleep'] as const
type PassedOn = Partial<Pick<CacheOptions, (typeof passedOn)[number]>>

const cacheOptions = (options: HearthOptions & PassedOn): PassedOn =>
  omitBy(pick(options, [...passedOn]), value => value === undefined) as PassedOn
