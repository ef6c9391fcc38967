import { Counter, Gauge, type Registry } from 'prom-client'

/** What a process tells about the loads that it lets through. */
export interface OutageMetrics {
  /** Reads that were refused because too many loads were under way. */
  shed(reads: number): void
}

export function createOutageMetrics(
  registry: Registry,
  gate: () => { limit: number; running: number },
): OutageMetrics {
  const registers = [registry]
  const shed = new Counter({
    name: 'lw_reads_shed_total',
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
