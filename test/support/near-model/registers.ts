/** What Neo4j has of each entity, a number that every change raises, and what a reader may not miss of it. */
export interface Registers {
  now(id: string): number
  /** The source has changed; the number that it has from now on. */
  raise(id: string): number
  /** Redis has taken this change. */
  acknowledge(id: string, value: number): void
  /** The process whose reads are checked has made this change: its reads never miss it, not even bounded ones. */
  own(id: string, value: number): void
  /** What a read that begins now has to see, or something newer. `maxStaleMs`: of a bounded one. */
  least(id: string, maxStaleMs?: number): number
}

export function createRegisters(): Registers {
  const truth = new Map<string, number>()
  const own = new Map<string, number>()
  const acknowledged: { id: string; value: number; at: number }[] = []

  return {
    now: id => truth.get(id) ?? 0,
    raise(id) {
      const value = (truth.get(id) ?? 0) + 1
      truth.set(id, value)
      return value
    },
    acknowledge(id, value) {
      acknowledged.push({ id, value, at: performance.now() })
    },
    own(id, value) {
      own.set(id, Math.max(value, own.get(id) ?? 0))
    },
    least(id, maxStaleMs = 0) {
      const until = performance.now() - maxStaleMs
      const values = acknowledged.filter(each => each.id === id && each.at <= until).map(({ value }) => value)
      return Math.max(0, own.get(id) ?? 0, ...values)
    },
  }
}
