import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { CacheState } from '../cache/cache-state.ts'
import { type CacheObserver, type FilledBy, leaseOutcomes } from '../cache/observer.ts'
import type { Kind } from '../model/kind.ts'
import { builtInKinds } from '../model/kinds.ts'

const cacheStates: readonly CacheState[] = ['trusted', 'away', 'catching-up']
const fillers: readonly FilledBy[] = ['read', 'warm', 'refresh']

const seconds = {
  read: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  load: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  job: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900],
}

/** What one process counts. It is the cache's observer, and jobs tell it when they end. */
export interface Metrics extends CacheObserver {
  /** Its own, so that two in one process (tests, `hearth dev`) do not meet. */
  readonly registry: Registry
  /** A recorded change was invalidated so many seconds after its commit. */
  stale(seconds: number): void
  /** A property of the source that readers do not get as it stands there: its label and name, without ids. */
  unreadable(property: string): void
  /** `seconds`: how long the job was worked on. */
  jobFinished(queue: string, outcome: JobOutcome, seconds: number): void
}

export type JobOutcome = 'completed' | 'failed'

/**
 * Counts by kind, never by id: there is no end to ids, and Prometheus keeps every label value it has seen. With
 * `process: false` it tells nothing of the process itself, for a backend that has a registry of its own.
 */
export function createMetrics({
  process = true,
  kinds: declared = builtInKinds,
}: {
  process?: boolean
  /** Whose names are labels from the start; others become labels when they are met. */
  kinds?: readonly Kind[]
} = {}): Metrics {
  const kinds = declared.map(({ name }) => name)
  const registry = new Registry()
  if (process) collectDefaultMetrics({ register: registry })

  const byKind = (name: string, help: string) => tally(registry, name, help, 'kind', kinds)
  const hits = byKind('lw_cache_hits_total', 'Entries that a read found in the cache')
  const misses = byKind('lw_cache_misses_total', 'Entries that a read did not find in the cache')
  const warmed = byKind('lw_warm_count_total', 'Entries that warming stored')
  const invalidated = byKind('lw_invalidations_total', 'Entries that a change removed or forbade to store')
  const superseded = byKind('lw_cache_superseded_total', 'Loaded values refused because the entry changed')
  const corrupt = byKind('lw_cache_corrupt_total', 'Values in Redis that were not what they should be')
  const bypassed = byKind('lw_cache_bypassed_total', 'Reads that went to the truth because Redis failed')
  const inProcess = byKind(
    'lw_cache_served_in_process_total',
    'Of these, answered with what the process had loaded a moment before',
  )
  const filled = tally(registry, 'lw_fills_total', 'Loaded values that were stored, by whom', 'by', fillers)

  const lostCounts = new Counter({
    name: 'lw_read_counts_lost_total',
    help: 'Reads that popularity does not know of, because Redis did not take their counts',
    registers: [registry],
  })
  const loads = new Histogram({
    name: 'lw_load_seconds',
    help: 'How long a load from the truth took',
    labelNames: ['kind'],
    buckets: seconds.load,
    registers: [registry],
  })
  const reads = new Histogram({
    name: 'lw_read_seconds',
    help: "How long a read of one entry took: misses from the cache's answer on, one hit of 128",
    labelNames: ['kind', 'outcome'],
    buckets: seconds.read,
    registers: [registry],
  })
  const leased = tally(registry, 'lw_leases_total', 'Leases asked for, by outcome', 'outcome', leaseOutcomes)
  const staleness = new Histogram({
    name: 'lw_staleness_seconds',
    help: 'From the commit of a recorded change until its job invalidated what it made stale',
    buckets: seconds.job,
    registers: [registry],
  })
  const jobs = new Counter({
    name: 'lw_jobs_total',
    help: 'Runs of jobs that ended; a job that is retried counts once for each run',
    labelNames: ['queue', 'outcome'],
    registers: [registry],
  })
  const jobSeconds = new Histogram({
    name: 'lw_job_seconds',
    help: 'How long one run of a job took',
    labelNames: ['queue'],
    buckets: seconds.job,
    registers: [registry],
  })

  const unreadable = new Counter({
    name: 'lw_unreadable_properties_total',
    help: 'Properties in the source that readers do not get as they stand there, each counted once by a process; the log says why',
    labelNames: ['property'],
    registers: [registry],
  })

  const states = new Gauge({
    name: 'lw_cache_state',
    help: 'Whether reads trust the cache, 1 for the state that it is in',
    labelNames: ['state'],
    registers: [registry],
  })
  for (const state of cacheStates) states.set({ state }, state === 'trusted' ? 1 : 0)

  return {
    registry,
    hit: hits,
    miss: misses,
    superseded,
    corrupt,
    invalidated,
    bypassed,
    servedInProcess: inProcess,
    cacheIs(state) {
      for (const one of cacheStates) states.set({ state: one }, one === state ? 1 : 0)
    },
    countsLost: reads => lostCounts.inc(reads),
    filled(kind, count, by) {
      filled(by, count)
      if (by === 'warm') warmed(kind, count)
    },
    leased,
    read: (kind, outcome, took) => reads.observe({ kind, outcome }, took),
    unreadable: property => unreadable.inc({ property }),
    stale: took => staleness.observe(took),
    loaded: (kind, _count, took) => loads.observe({ kind }, took),
    jobFinished(queue, outcome, took) {
      jobs.inc({ queue, outcome })
      jobSeconds.observe({ queue }, took)
    },
  }
}

/**
 * A counter that is an addition while the game plays, and becomes a Prometheus counter only when it is asked for:
 * prom-client hashes the labels of every increment, which a cache hit should not pay for.
 */
function tally<L extends string>(
  registry: Registry,
  name: string,
  help: string,
  label: string,
  values: readonly L[],
): (value: L, count: number) => void {
  const counts = new Map<L, number>(values.map(value => [value, 0]))
  new Counter({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      this.reset()
      for (const [value, count] of counts) this.inc({ [label]: value }, count)
    },
  })
  return (value, count) => {
    counts.set(value, (counts.get(value) ?? 0) + count)
  }
}
