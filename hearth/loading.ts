import type { PendingReader } from '../model/source.ts'
import { createLoadLimiter } from '../resilience/load-limiter.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { countShedReads, gaugeLoads } from '../telemetry/outage-metrics.ts'
import { batched, limited } from '../world/around-loads.ts'
import { createLoads, type LoadBookmarks } from '../world/loads.ts'
import type { World } from '../world/world.ts'
import type { HearthOptions } from './options.ts'
import { traced } from './traced-loads.ts'

interface LoadingDeps {
  topK: number
  pending: PendingReader
  bookmarks: LoadBookmarks
  metrics: Metrics
  /** Counts what the fleet loads. */
  onLoaded: ((tookMs: number) => void) | undefined
}

/** How this process loads from the source: for readers, whose loads become one query, and for jobs, in chunks. */
export function createLoading(
  { world, loadLimiter, tracing }: Pick<HearthOptions, 'world' | 'loadLimiter' | 'tracing'>,
  { topK, pending, bookmarks, metrics, onLoaded }: LoadingDeps,
) {
  const limiter = createLoadLimiter({
    onShed: countShedReads(metrics.registry),
    ...loadLimiter,
    probe: world.probe,
    onLoaded,
  })
  gaugeLoads(metrics.registry, limiter)
  const readsWorld = batched(limited(world, limiter, 'read'))
  const jobsWorld = limited(world, limiter, 'job')
  const inSpans = tracing ? traced : (untraced: World) => untraced
  const forJobs = inSpans(jobsWorld, 'job')
  const urgentWorld = inSpans(limited(world, limiter, 'urgent'), 'urgent')
  return {
    limiter,
    forReads: createLoads({ world: inSpans(readsWorld, 'read'), topK, pending, bookmarks }),
    forJobs: createLoads({ world: forJobs, topK, pending, bookmarks }),
    /** The source as jobs read it. */
    jobsWorld: forJobs,
    /** The same for what a player waits for. */
    urgent: {
      world: urgentWorld,
      loads: createLoads({ world: urgentWorld, topK, pending, bookmarks }),
    },
  }
}
