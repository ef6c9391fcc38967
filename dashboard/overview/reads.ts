import type { Counts, Minute } from '../../queues/fleet-counts.ts'
import type { KindReads, ReadMinute } from './overview.ts'

/** The reads of each minute: of the fleet, or of what `pick` finds in it. */
export const minutesOf = (
  minutes: readonly Minute[],
  pick: (minute: Minute) => Counts | undefined,
): ReadMinute[] =>
  minutes.map(minute => ({
    at: minute.minute * 60_000,
    hits: pick(minute)?.hits ?? 0,
    misses: pick(minute)?.misses ?? 0,
  }))

export const readsOf = ({ hits, misses }: Counts): number => hits + misses

/** The reads of all minutes, by kind, the most read first. */
export function kindsOf(minutes: readonly Minute[]): KindReads[] {
  const sums = new Map<string, KindReads>()
  for (const minute of minutes) {
    for (const [kind, { hits, misses }] of minute.kinds) {
      const sum = sums.get(kind) ?? { kind, hits: 0, misses: 0 }
      sum.hits += hits
      sum.misses += misses
      sums.set(kind, sum)
    }
  }
  return [...sums.values()].sort((a, b) => readsOf(b) - readsOf(a))
}
