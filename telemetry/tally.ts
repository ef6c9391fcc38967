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
  { label, values, ...named }: TallyOptions<Value>,
): (value: Value, count: number) => void {
  const counts = countsOf(values)
  collected(registry, { ...named, labelNames: [label] }, add => {
    for (const [value, count] of counts) add({ [label]: value }, count)
  })
  return (value, count) => counts.set(value, (counts.get(value) ?? 0) + count)
}

interface TallyOfTwoOptions<First extends string, Second extends string> {
  name: string
  help: string
  labels: readonly [first: string, second: string]
  values: readonly [readonly First[], readonly Second[]]
}

/** The same with two labels; the values of the second are all there are. */
export function tallyOfTwo<First extends string, Second extends string>(
  registry: Registry,
  { labels: [first, second], values: [firsts, seconds], ...named }: TallyOfTwoOptions<First, Second>,
): (value: First, count: number, other: Second) => void {
  const counts = new Map(seconds.map(value => [value, countsOf(firsts)]))
  collected(registry, { ...named, labelNames: [first, second] }, add => {
    for (const [other, ofFirsts] of counts)
      for (const [value, count] of ofFirsts) add({ [first]: value, [second]: other }, count)
  })
  return (value, count, other) => {
    const ofFirsts = counts.get(other)
    ofFirsts?.set(value, (ofFirsts.get(value) ?? 0) + count)
  }
}

const countsOf = <Value>(values: readonly Value[]) => new Map<Value, number>(values.map(value => [value, 0]))

/** A counter whose counts are asked for when it is collected. */
export function collected(
  registry: Registry,
  options: { name: string; help: string; labelNames: string[] },
  each: (add: (labels: Record<string, string>, count: number) => void) => void,
): void {
  new Counter({
    ...options,
    registers: [registry],
    collect() {
      this.reset()
      each((labels, count) => this.inc(labels, count))
    },
  })
}
