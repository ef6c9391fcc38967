import { Counter, Gauge, type Registry } from 'prom-client'
import { HearthError } from '../errors.ts'

/** What a process tells about the loads that it lets through. */
export interface OutageMetrics {
  /** Reads that were refused because too many loads were under way. */
  shed(reads: number): void
}

const shedName = 'lw_reads_shed_total'

/** Metrics that two hearths share would tell of both as of one, and of the state of one as of both. */
export function requireOwnMetrics(registry: Registry): void {
  if (!registry.getSingleMetric(shedName)) return
  throw new HearthError(
    'InvalidInput',
    'metrics belong to another Hearth already: give each its own, createMetrics({ process: false }), and add what ' +
      "they count with prom-client's AggregatorRegistry.aggregate",
  )
}

export function createOutageMetrics(
  registry: Registry,
  gate: () => { limit: number; running: number },
): OutageMetrics {
  const registers = [registry]
  const shed = new Counter({
    name: shedName,
    help: 'Reads that were refused because too many loads were under way',
    registers,
  })
  new Gauge({
    name: 'lw_load_limit',
    help: 'How many loads may run at a time; below 1 there are rests between them',
    registers,
    collect() {
      this.set(gate().limit)
    },
  })
  new Gauge({
    name: 'lw_loads_running',
    help: 'How many loads run now',
    registers,
    collect() {
      this.set(gate().running)
    },
  })
  return { shed: reads => shed.inc(reads) }
}
