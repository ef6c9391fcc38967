import { uniq } from 'es-toolkit'
import { auditWorldJob } from '../jobs/audit/payload.ts'
import { refreshJob, refreshPayloads } from '../jobs/refresh/payload.ts'
import { warmWorldJob } from '../jobs/warm/payload.ts'
import type { Change } from '../model/changes.ts'
import type { Immutable } from '../model/immutable.ts'
import type { AppendedEvent } from '../model/new-events.ts'
import { parsePayload } from '../model/parse.ts'
import type { EntityRef } from '../model/world-data.ts'
import type { JobRef } from '../queues/producer.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { AppendResult } from './append-events.ts'
import type { ChangedOptions, ChangedOutcome, InvalidateResult, InvalidateTargets } from './changed.ts'
import { checkHearthOptions } from './check-options.ts'
import { checkedHearth } from './checked.ts'
import { defaultRefreshTop, type HearthOptions } from './options.ts'
import { createParts, type Parts } from './parts.ts'
import type { Reads } from './reads.ts'
import type { Writes } from './write-through.ts'

export interface AuditOptions {
  /** Default false. */
  all?: boolean | undefined
  /** How many entities a sample has. Default 100. */
  sample?: number | undefined
  /** Default true. */
  repair?: boolean | undefined
  /** All that is cached of these kinds, in place of a sample. */
  kinds?: readonly string[] | undefined
}

export interface WarmOptions {
  /** Loads anew what is warm already. Default false. */
  force?: boolean | undefined
  /** Only these kinds, by their names. Default: all. */
  kinds?: readonly string[] | undefined
}

/** What a game backend does with its living worlds. Every error is a `HearthError`. */
export interface Hearth extends Reads, Writes {
  /** The world is played from now on: warms it. */
  activated(worldId: string): Promise<JobRef>
  /**
   * The world is not played any more: it is no longer refreshed, until it is activated or read again. `deferred` where
   * the cache's Redis is away: then it counts as idle after an hour without reads.
   */
  deactivated(worldId: string): Promise<'deactivated' | 'deferred'>
  /** Warms a world, or some kinds of it; with `force` what is warm already is loaded anew. */
  warm(worldId: string, options?: WarmOptions): Promise<JobRef>
  /**
   * Loads entries anew beside their readers: an id means its entries of counted kinds, such as its timeline, a reference
   * the entity's state as well. Without any, those that are read most, at most `refreshTop`. Answers with the jobs.
   */
  refresh(worldId: string, entities?: readonly (string | EntityRef)[]): Promise<JobRef[]>

  /**
   * Has workers compare what is cached of the world with the source: a sample of what is read most, `all` of it, or all of some kinds. What
   * stays wrong is invalidated, unless `repair` is false. Answers with the job, whose result is an `AuditResult`.
   */
  audit(worldId: string, options?: AuditOptions): Promise<JobRef>

  /**
   * What the backend did to the source itself, after its commit: readers see it from now on. `deferred` where the cache's
   * Redis is away: then the change was recorded, and readers see it when it has been relayed. Rejects only where
   * neither was possible.
   */
  changed(worldId: string, changes: readonly Change[], options?: ChangedOptions): Promise<ChangedOutcome>
  /** After a commit with `recordChanges` that `changed` is not called for: has it relayed now, not within 200 ms. */
  notifyRelay(): void
  /** Makes single values stale, with `all` everything that is cached of the world, or with `{ kinds }` all of some kinds. */
  invalidate(worldId: string, targets: InvalidateTargets): Promise<InvalidateResult>

  /**
   * Write-behind: accepts events durably, in the queues' Redis, and shows them to every reader at once; the `flush`
   * queue writes them to the source. All of them are accepted or none. An event that is pending already is not accepted
   * again, and stays as it was; so a call whose answer was lost can be repeated, if its events have ids of their own.
   * Throws `InvalidInput` by field, `Backlogged`, or `QueueUnavailable`: then it is not known whether they are accepted.
   */
  appendEvents(worldId: string, events: Immutable<AppendedEvent[]>): Promise<AppendResult>

  /** Raised by every change and write; null before the first. */
  version(worldId: string): Promise<number | null>
  /** Several reads of a world that all belong to one version. Called again where the version moved meanwhile. */
  consistent<T>(worldId: string, read: () => Promise<T>): Promise<T>

  /** What workers of this process work with: for `startPool`, and for `sweepPending`. */
  jobDeps: Parts['jobDeps']

  /** Resolves when all that goes on in the background of changes and appends so far is done, or could not be. */
  settled(): Promise<void>
  /**
   * `metrics.registry` goes to Prometheus, merged with the backend's own: `Registry.merge`. Several hearths of one process
   * have metrics of the same names: they are added first, `AggregatorRegistry.aggregate`.
   */
  readonly metrics: Metrics
  /** Closes the connections, the world's too. Safe twice. */
  close(): Promise<void>
}

/** Entities in a sampled audit. */
export const defaultAuditSample = 100

/** The parts of hearths, for the processes of `hearth`: what a game gets has none of them. */
const partsByHearth = new WeakMap<Hearth, Parts>()

/** What this hearth is made of. */
export function partsOf(hearth: Hearth): Parts {
  const parts = partsByHearth.get(hearth)
  if (!parts) throw new Error('this hearth was not made by createHearth')
  return parts
}

/** @throws HearthError `InvalidConfig`, with every option that is wrong and what would be right */
export function createHearth(options: HearthOptions): Hearth {
  checkHearthOptions(options)
  const parts = createParts(options)
  const { cache, producer, reads, writes, changes, appends, metrics } = parts
  const { kinds } = cache.keys
  const { refreshTop = defaultRefreshTop } = options
  let closing: Promise<void> | undefined
  const named = (some: readonly string[] | undefined) =>
    some && { kinds: uniq(parsePayload(kinds.namesSchema, some, 'options.kinds')).sort() }

  const hearth = checkedHearth<Hearth>({
    ...reads,
    ...writes,
    metrics,
    activated: worldId => producer.add(warmWorldJob, { worldId, force: false }),
    async warm(worldId, { force = false, kinds: some } = {}) {
      return producer.add(warmWorldJob, { worldId, force, ...named(some) })
    },

    async deactivated(worldId) {
      return cache.activeWorlds.deactivate(worldId).then(
        () => 'deactivated' as const,
        () => 'deferred' as const,
      )
    },

    async refresh(worldId, entities) {
      const named = entities ?? (await cache.popularity.top(worldId, refreshTop))
      return producer.addAll(refreshJob, refreshPayloads(kinds, worldId, named))
    },

    async audit(worldId, { all = false, sample = defaultAuditSample, repair = true, kinds: some } = {}) {
      const isWhole = all || some !== undefined
      return producer.add(auditWorldJob, { worldId, sample: isWhole ? null : sample, repair, ...named(some) })
    },

    changed: changes.changed,
    invalidate: changes.invalidate,
    notifyRelay: parts.notifyRelay,
    appendEvents: appends.appendEvents,

    jobDeps: parts.jobDeps,
    settled: parts.idle,
    version: worldId => cache.versions.of(worldId),
    consistent(worldId, read) {
      const work = () => cache.versions.consistent(worldId, read)
      return cache.nearReads ? cache.nearReads.unaged(work) : work()
    },

    close() {
      closing ??= parts.close()
      return closing
    },
  })
  partsByHearth.set(hearth, parts)
  return hearth
}
