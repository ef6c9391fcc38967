import { collectDefaultMetrics, Registry } from 'prom-client'
import type { CacheObserver } from '../cache/observer.ts'
import { builtInKinds } from '../model/built-in-kinds.ts'
import type { Kind } from '../model/kind.ts'
import { createCacheMetrics } from './cache-metrics.ts'
import { metricsIn } from './define.ts'

/** What one process counts. It is the cache's observer, and jobs report to it when they end. */
export interface Metrics extends CacheObserver {
  /** Its own, so that two in one process (tests, `hearth dev`) do not meet. */
  readonly registry: Registry
  /** A recorded change was invalidated this many seconds after its commit. */
  stale(seconds: number): void
  /** A world is ready (what players wait for is warm) or warm, this many seconds after its job was accepted. */
  warming(moment: 'ready' | 'warm', seconds: number): void
  /** A property of the source that readers do not get as it stands there: its label and name, without ids. */
  unreadable(property: string): void
  /** `seconds`: how long the job was worked on. */
  jobFinished(queue: string, outcome: JobOutcome, seconds: number): void
}

export type JobOutcome = 'completed' | 'failed'

interface MetricsOptions {
  process?: boolean
  /** Whose names are labels from the start; others become labels when they are met. */
  kinds?: readonly Kind[]
}

/**
 * Counts by kind, never by id: there is no end to ids, and Prometheus keeps every label value it has seen. With
 * `process: false` it reports nothing of the process itself, for a backend that has a registry of its own.
 */
export function createMetrics({ process = true, kinds = builtInKinds }: MetricsOptions = {}): Metrics {
  const registry = new Registry()
  if (process) collectDefaultMetrics({ register: registry })
  return {
    registry,
    ...createCacheMetrics(
      registry,
      kinds.map(({ name }) => name),
    ),
    ...countJobs(registry),
    unreadable: countUnreadable(registry),
  }
}

const seconds = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900]

function countJobs(registry: Registry): Pick<Metrics, 'jobFinished' | 'stale' | 'warming'> {
  const { counter, histogram } = metricsIn(registry)
  const staleness = histogram(
    'lw_staleness_seconds',
    'From the commit of a recorded change until its job invalidated what it made stale',
    seconds,
  )
  const warmed = histogram(
    'lw_warming_seconds',
    'From when the job of a warming was accepted until the world was ready (flags, snapshot, what is read most), and until it was warm',
    seconds,
    'moment',
  )
  for (const moment of ['ready', 'warm']) warmed.zero({ moment })
  const jobs = counter(
    'lw_jobs_total',
    'Runs of jobs that ended; a job that is retried counts once for each run',
    'queue',
    'outcome',
  )
  const jobSeconds = histogram('lw_job_seconds', 'How long one run of a job took', seconds, 'queue')
  return {
    stale: took => staleness.observe(took),
    warming: (moment, took) => warmed.observe({ moment }, took),
    jobFinished(queue, outcome, took) {
      jobs.inc({ queue, outcome })
      jobSeconds.observe({ queue }, took)
    },
  }
}

function countUnreadable(registry: Registry): Metrics['unreadable'] {
  const { counter } = metricsIn(registry)
  const unreadable = counter(
    'lw_unreadable_properties_total',
    'Properties in the source that readers do not get as they stand there, each counted once by a process; the log says why',
    'property',
  )
  return property => unreadable.inc({ property })
}
