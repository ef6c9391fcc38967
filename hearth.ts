import { randomUUID } from 'node:crypto'
import { abortable } from './abortable.ts'
import { type AppendResult, createAppends } from './append-events.ts'
import { type Cache, createCache } from './cache/cache.ts'
import type { Target } from './cache/changes.ts'
import { type CacheAddress, connectCache, connectReads } from './cache/connect.ts'
import { type Entry, encodeId } from './cache/keys.ts'
import { type CacheObserver, telling } from './cache/observer.ts'
import { type ChangedOptions, type ChangedOutcome, createChanges, type InvalidateResult } from './changed.ts'
import { checkedHearth } from './checked-hearth.ts'
import { createMetrics, type Metrics } from './dashboard/metrics.ts'
import { createOutageMetrics, requireOwnMetrics } from './dashboard/outage-metrics.ts'
import { HearthError } from './errors.ts'
import { checkHearthOptions, type HearthOptions } from './hearth-options.ts'
import type { JobDeps } from './jobs/deps.ts'
import { createPendingReader } from './pending-reader.ts'
import { boundedReports } from './queues/bounded-reports.ts'
import type { Change } from './queues/changes.ts'
import type { QueueAddress } from './queues/connect.ts'
import { createFleetCounts } from './queues/fleet-counts.ts'
import { createPending, defaultPendingMax, type Pending } from './queues/pending.ts'
import { createPoker } from './queues/poke.ts'
import { createProducer, type JobRef, type Producer } from './queues/producer.ts'
import { refreshJobs } from './queues/refresh.ts'
import { createTelemetry } from './queues/telemetry.ts'
import { notingReads, tracedReads } from './traced-reads.ts'
import { batched } from './world/batched.ts'
import { createLoadGate, type LoadGate } from './world/load-gate.ts'
import { createLoads } from './world/loads.ts'
import { type AcceptedEvent, type AppendedEvent, standsOn } from './world/new-events.ts'
import type { WriteThrough } from './world/outbox.ts'
import { traced } from './world/traced.ts'
import { labelOf } from './world/unreadable.ts'
import type { Entity, EntityRef, Flags, Snapshot, TimelineEvent, World } from './world/world.ts'

export interface ReadOptions {
  /**
   * Numbers that JavaScript would write with other digits than they have in Neo4j (`9007199254740993`, `1.0`) are
   * `ExactNumber`s, for who writes them out again, as the HTTP API does. Default false: all numbers are plain.
   */
  exactNumbers?: boolean
  /** Ends the waiting: the read rejects with `Aborted`. */
  signal?: AbortSignal
}

export interface AuditOptions {
  /** Default false. */
  all?: boolean
  /** How many entities a sample has. Default 100. */
  sample?: number
  /** Default true. */
  repair?: boolean
}

/** What a game backend does with its living worlds. Every error is a `HearthError`. */
export interface Hearth {
  /** `null` for a world that does not exist. */
  flags(worldId: string, options?: ReadOptions): Promise<Flags | null>
  snapshot(worldId: string, options?: ReadOptions): Promise<Snapshot | null>
  /** `null` for an entity that does not exist, or is private. */
  entity(worldId: string, ref: EntityRef, options?: ReadOptions): Promise<Entity | null>
  /** In the order of `refs`. */
  entities(worldId: string, refs: readonly EntityRef[], options?: ReadOptions): Promise<(Entity | null)[]>
  /** The newest events, newest first; none for an entity that does not exist. `limit` is at most `topK`. */
  timeline(
    worldId: string,
    entityId: string,
    options?: ReadOptions & { limit?: number },
  ): Promise<TimelineEvent[]>
  timelines(
    worldId: string,
    entityIds: readonly string[],
    options?: ReadOptions & { limit?: number },
  ): Promise<Map<string, TimelineEvent[]>>

  /** The world is played from now on: warms it. */
  activated(worldId: string): Promise<JobRef>
  /**
   * Nobody plays the world any more: it is no longer refreshed, until it is activated or read again. `deferred` where
   * the cache's Redis is away: then it counts as idle after an hour without reads.
   */
  deactivated(worldId: string): Promise<'deactivated' | 'deferred'>
  /** Warms a world; with `force` what is warm already is loaded anew. */
  warm(worldId: string, options?: { force?: boolean }): Promise<JobRef>
  /**
   * Loads entries anew beside their readers: an id means its timeline, a reference the entity's state as well. Without
   * any, the timelines that are read most, at most `refreshTop`. Answers with the jobs.
   */
  refresh(worldId: string, entities?: readonly (string | EntityRef)[]): Promise<JobRef[]>

  /**
   * Has workers compare what is cached of the world with the truth: a sample of what is read most, or `all` of it. What
   * stays wrong is invalidated, unless `repair` is false. Answers with the job, whose result is an `AuditResult`.
   */
  audit(worldId: string, options?: AuditOptions): Promise<JobRef>

  /**
   * What the backend did to Neo4j itself, after its commit: readers see it from now on. `deferred` where the cache's
   * Redis is away: then the change was recorded, and readers see it when it has been relayed. Rejects only where
   * neither was possible.
   */
  changed(worldId: string, changes: readonly Change[], options?: ChangedOptions): Promise<ChangedOutcome>
  /** After a commit with `recordChanges` that nobody tells `changed` of: has it relayed now, not within 200 ms. */
  poke(): void
  /** Makes single values stale, or with `all` everything that is cached of the world. */
  invalidate(worldId: string, targets: readonly Target[] | 'all'): Promise<InvalidateResult>

  /** Merges into the world's flags, in Neo4j first; `null` removes a flag. Returns all flags. */
  setFlags(worldId: string, patch: Flags): Promise<Flags>
  /** Writes fields of the world's snapshot, in Neo4j first. Returns all of it. */
  saveSnapshot(worldId: string, snapshot: Partial<Snapshot>): Promise<Snapshot>

  /**
   * Write-behind: accepts events durably, in the queues' Redis, and shows them to every reader at once; the `flush`
   * queue writes them to Neo4j. All of them are accepted or none. An event that is pending already is not accepted
   * again, and stays as it was; so a call whose answer was lost can be repeated, if its events have ids of their own.
   * Throws `InvalidInput` by field, `Backlogged`, or `QueueUnavailable`: then it is not known whether they are accepted.
   */
  appendEvents(worldId: string, events: readonly AppendedEvent[]): Promise<AppendResult>

  /** Raised by every change and write; null before the first. */
  version(worldId: string): Promise<number | null>
  /** Several reads of a world that all belong to one version. Called again where the version moved meanwhile. */
  consistent<T>(worldId: string, read: () => Promise<T>): Promise<T>

  /** Resolves when all that goes on in the background of changes and appends so far is done, or could not be. */
  settled(): Promise<void>

  readonly cache: Cache
  readonly producer: Producer
  /** Events that are accepted and not yet in Neo4j. */
  readonly pending: Pending<AcceptedEvent>
  /** What a `Pool` of this hearth works with. `chunkSize`: how many entities one job loads, default 500. */
  jobDeps(options?: Partial<Pick<JobDeps, 'chunkSize' | 'warmBudget' | 'onInvalidated'>>): JobDeps
  /** What all loads of this process pass, those of its jobs too. */
  readonly loadGate: LoadGate
  /**
   * `metrics.registry` goes to Prometheus, merged with the backend's own: `Registry.merge`. Several hearths of one process
   * have metrics of the same names: they are added first, `AggregatorRegistry.aggregate`.
   */
  readonly metrics: Metrics
  /** Closes the connections, the world's too. Safe twice. */
  close(): Promise<void>
}

export const defaultTopK = 50
/** Of each world, so many of the timelines that are read most are kept warm. */
export const defaultRefreshTop = 200
const defaultChunkSize = 500
/** Entities that an audit compares which is not of all of a world. */
export const defaultAuditSample = 100

/** Throws `InvalidConfig`, which lists everything that is wrong with the options. */
export function createHearth(options: HearthOptions): Hearth {
  checkHearthOptions(options)
  return checkedHearth(openHearth(options))
}

function openHearth({
  cache: cacheAddress,
  queue = queueBeside(cacheAddress),
  queuePrefix,
  world,
  topK = defaultTopK,
  refreshTop = defaultRefreshTop,
  readCounts = {},
  pendingMax = defaultPendingMax,
  metrics = createMetrics({ process: false }),
  observer = {},
  loadGate: gateOptions = {},
  onTrouble: report = () => {},
  onUnreadable = () => {},
  fleetCounts = true,
  tracing = false,
  ...cacheOptions
}: HearthOptions): Hearth {
  requireOwnMetrics(metrics.registry)
  world.onUnreadable?.(what => {
    metrics.unreadable(labelOf(what))
    onUnreadable(what)
  })
  const onTrouble = boundedReports(report)
  const place = { address: queue, onTrouble, ...(queuePrefix !== undefined && { prefix: queuePrefix }) }
  const fleet = fleetCounts ? createFleetCounts(place) : undefined
  const telemetry = tracing ? createTelemetry() : undefined
  const toldToPoker: Partial<CacheObserver> = {
    cacheIs(state) {
      if (state === 'catching-up') poker.poke() // what was recorded meanwhile is waited for
    },
  }
  const cache = createCache({
    redis: connectCache(cacheAddress, onTrouble),
    reads: connectReads(cacheAddress, onTrouble),
    delivered: async span =>
      !(await world.outbox.pendingSince(span)) && !(await pending.unseenSince(span.atLeastMs)),
    observer: telling([metrics, observer, fleet ?? {}, toldToPoker, tracing ? notingReads : {}]),
    ...(readCounts && { readCounts }),
    ...cacheOptions,
  })
  const count = readCounts ? cache.readCounts.count : () => {}
  const producer = createProducer({ ...place, telemetry })
  const poker = createPoker(place)
  const { keys } = cache
  const readerOf = (exactNumbers = false) => (exactNumbers ? cache.exactReader : cache.reader)
  const pending = createPending({ ...place, encodeId, standsOn, most: pendingMax })
  const readable = createPendingReader({ pending, world })
  const outages = createOutageMetrics(metrics.registry, () => loadGate)
  const loadGate: LoadGate = createLoadGate({
    ...gateOptions,
    onShed(reads) {
      outages.shed(reads)
      gateOptions.onShed?.(reads)
    },
    ping: world.ping && (() => world.ping?.() ?? Promise.resolve()),
  })
  const spans = tracing ? traced : (world: World) => world
  const readsWorld = spans(batched(loadGate.through(world, 'read')), 'read')
  const loads = createLoads({ world: readsWorld, topK, pending: readable })
  const jobsWorld = spans(loadGate.through(world, 'job'), 'job')
  const jobLoads = createLoads({ world: jobsWorld, topK, pending: readable }) // in chunks already
  const appends = createAppends({
    ...{ cache, pending, readable, producer, world, topK, pendingMax, onTrouble },
  })
  const changes = createChanges({ cache, producer, outbox: world.outbox, poke: poker.poke, onTrouble })

  function checkLimit({ limit = topK }: { limit?: number } = {}): number {
    if (Number.isInteger(limit) && limit >= 1 && limit <= topK) return limit
    throw new HearthError(
      'InvalidInput',
      `limit must be a whole number from 1 to ${topK} (topK), got ${limit}`,
    )
  }

  /** The change is recorded with the truth, so that no crash can lose it; where the cache has it, that is noted. */
  async function writeThrough<T>(
    worldId: string,
    entry: Entry,
    change: Change,
    commit: (through: WriteThrough) => Promise<T>,
  ): Promise<T> {
    const id = randomUUID()
    const written = await cache.writer.write(entry, beforeCommit =>
      commit({ outbox: { id, changes: [change] }, beforeCommit }),
    )
    if (written.cache === 'deferred') {
      cache.trust.doubt()
      poker.poke()
    } else await cache.confirmations.note(worldId, id).catch(onTrouble)
    return written.value
  }

  const newest = (events: TimelineEvent[] | null, limit: number) =>
    events && events.length > limit ? events.slice(0, limit) : (events ?? [])

  const idle = async () => {
    await Promise.all([changes.idle(), appends.idle()])
  }
  let closing: Promise<void> | undefined
  const hearth: Hearth = {
    cache,
    producer,
    pending,
    jobDeps: ({ chunkSize = defaultChunkSize, ...options } = {}) => ({
      ...{ cache, world: jobsWorld, loads: jobLoads, pending, producer, chunkSize, telemetry },
      onInvalidated: metrics.stale,
      ...options,
    }),
    loadGate,
    metrics,

    flags: async (worldId, { signal, exactNumbers } = {}) =>
      abortable(signal, () => readerOf(exactNumbers).read(keys.flags(worldId), loads.flags(worldId))),
    snapshot: async (worldId, { signal, exactNumbers } = {}) =>
      abortable(signal, () => readerOf(exactNumbers).read(keys.snapshot(worldId), loads.snapshot(worldId))),
    entity: async (worldId, ref, { signal, exactNumbers } = {}) =>
      abortable(signal, () =>
        readerOf(exactNumbers).read(keys.entity(worldId, ref), loads.entities(worldId, [ref])),
      ),

    entities: async (worldId, refs, { signal, exactNumbers } = {}) => {
      const entries = refs.map(ref => keys.entity(worldId, ref))
      return abortable(signal, () => readerOf(exactNumbers).readMany(entries, loads.entities(worldId, refs)))
    },

    async timeline(worldId, entityId, options) {
      const limit = checkLimit(options)
      const entry = keys.timeline(worldId, entityId)
      const read = () => readerOf(options?.exactNumbers).read(entry, loads.timelines(worldId, [entityId]))
      const events = await abortable(options?.signal, read)
      if (events !== null) count(worldId, entityId) // an id that does not exist becomes no popular entity
      return newest(events, limit)
    },

    async timelines(worldId, entityIds, options) {
      const limit = checkLimit(options)
      const ids = [...new Set(entityIds)]
      const entries = ids.map(id => keys.timeline(worldId, id))
      const read = () => readerOf(options?.exactNumbers).readMany(entries, loads.timelines(worldId, ids))
      const found = await abortable(options?.signal, read)
      ids.forEach((id, i) => {
        if (found[i]) count(worldId, id)
      })
      return new Map(ids.map((id, i) => [id, newest(found[i] ?? null, limit)]))
    },

    activated: worldId => producer.warm(worldId),

    async deactivated(worldId) {
      try {
        await cache.activeWorlds.deactivate(worldId)
        return 'deactivated'
      } catch {
        return 'deferred'
      }
    },

    async refresh(worldId, entities) {
      const targets = entities ?? (await cache.popularity.top(worldId, refreshTop))
      return producer.refresh(refreshJobs(worldId, targets))
    },

    warm: (worldId, options) => producer.warm(worldId, options),

    audit: (worldId, { all = false, sample = defaultAuditSample, repair = true } = {}) =>
      producer.audit({ worldId, sample: all ? null : sample, repair }),

    changed: changes.changed,
    poke: poker.poke,
    invalidate: changes.invalidate,

    setFlags: (worldId, patch) =>
      writeThrough(worldId, keys.flags(worldId), { kind: 'flags-changed' }, through =>
        world.setFlags(worldId, patch, through),
      ),
    saveSnapshot: (worldId, snapshot) =>
      writeThrough(worldId, keys.snapshot(worldId), { kind: 'snapshot-changed' }, through =>
        world.saveSnapshot(worldId, snapshot, through),
      ),

    appendEvents: appends.appendEvents,

    settled: idle,
    version: worldId => cache.versions.of(worldId),
    consistent: (worldId, read) => cache.versions.consistent(worldId, read),

    close() {
      loadGate.stop()
      readable.close()
      closing ??= idle()
        .then(() =>
          Promise.all([
            ...[cache.close(), producer.close(), pending.close(), poker.close(), world.close()],
            fleet?.close(),
          ]),
        )
        .then(() => {})
      return closing
    },
  }
  return tracing ? tracedReads(hearth) : hearth
}

/** A cluster holds no queues, so beside one the options name a queue. */
const queueBeside = (cache: CacheAddress): QueueAddress => cache as QueueAddress
