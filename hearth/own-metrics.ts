import type { Kinds } from '../model/kinds.ts'
import { createMetrics, type Metrics } from '../telemetry/metrics.ts'
import { requireOwnMetrics } from '../telemetry/outage-metrics.ts'
import { labelOf } from '../world/unreadable.ts'
import type { HearthOptions } from './options.ts'

/** What this hearth counts: of its cache, and of what its source cannot read. */
export function metricsOf(options: HearthOptions, kinds: Kinds): Metrics {
  const { metrics = createMetrics({ process: false, kinds: kinds.all }), world, onUnreadable } = options
  requireOwnMetrics(metrics.registry)
  world.onUnreadable?.(what => {
    metrics.unreadable(labelOf(what))
    onUnreadable?.(what)
  })
  return metrics
}
