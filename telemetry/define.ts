import { Counter, Gauge, type GaugeConfiguration, Histogram, type Registry } from 'prom-client'

/** Defines metrics of one registry. */
export const metricsIn = (registry: Registry) => ({
  counter: (name: string, help: string, ...labelNames: string[]) =>
    new Counter({ name, help, labelNames, registers: [registry] }),
  histogram: (name: string, help: string, buckets: number[], ...labelNames: string[]) =>
    new Histogram({ name, help, buckets, labelNames, registers: [registry] }),
  gauge: (
    name: string,
    help: string,
    options: Pick<GaugeConfiguration<string>, 'labelNames' | 'collect'> = {},
  ) => new Gauge({ name, help, registers: [registry], ...options }),
})
