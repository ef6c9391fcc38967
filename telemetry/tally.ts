import { Counter, type Registry } from 'prom-client'

interface TallyOptions<Value extends string> {
  name: string
  help: string
  label: string
  /** Those that are there from the start, so that a rate is never missing its zero. */
  values: readonly Value[]
}

/**
 * A counter that is an addition while the game plays, and becomes a Prometheus counter only when it is asked for:
 * prom-client hashes the labels of every increment, which a cache hit should not pay for.
 */
export function tally<Value extends string>(
  registry: Registry,
  { name, help, label, values }: TallyOptions<Value>,
): (value: Value, count: number) => void {
  const counts = new Map<Value, number>(values.map(value => [value, 0]))
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
