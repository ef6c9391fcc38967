import type { Registry } from 'prom-client'
import { HearthError } from '../model/errors.ts'
import { metricsIn } from './define.ts'

const shedName = 'lw_reads_shed_total'

/** Metrics that two hearths share would report both as one, and the state of one as that of both. */
export function requireOwnMetrics(registry: Registry): void {
  if (!registry.getSingleMetric(shedName)) return
  throw new HearthError(
    'InvalidInput',
    'metrics belong to another Hearth already: give each its own, createMetrics({ process: false }), and add what ' +
      "they count with prom-client's AggregatorRegistry.aggregate",
  )
}

/** Counts reads that were refused because too many loads were under way. */
export function countShedReads(registry: Registry): (reads: number) => void {
  const { counter } = metricsIn(registry)
  const shed = counter(shedName, 'Reads that were refused because too many loads were under way')
  return reads => shed.inc(reads)
}

/** Shows how many loads may run, and do. */
export function gaugeLoads(
  registry: Registry,
  limiter: { readonly limit: number; readonly running: number },
): void {
  const { gauge } = metricsIn(registry)
  gauge('lw_load_limit', 'How many loads may run at a time; below 1 there are rests between them', {
    collect() {
      this.set(limiter.limit)
    },
  })
  gauge('lw_loads_running', 'How many loads run now', {
    collect() {
      this.set(limiter.running)
    },
  })
}
