import type { Counts, Minute, MinuteOfWorld } from '../../queues/fleet-counts.ts'
import type { KindReads, ReadMinute } from './overview.ts'

/** The reads of each minute, of the fleet or of a world. */
export const minutesOf = (minutes: readonly MinuteOfWorld[]): ReadMinute[] =>
  minutes.map(({ minute, hits, misses }) => ({ at: minute * 60_000, hits, misses }))

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

export type Rate = ReturnType<typeof createRate>

/**
 * How fast counts that only grow have grown lately.
 * @param windowMs over how long; a count that fell (its owner began anew) begins anew.
 */
export function createRate(windowMs: number) {
  const looks = new Map<string, { at: number; count: number }[]>()
  return {
    /** A second, over the window; 0 while there is one look only. */
    of(name: string, count: number, now: number): number {
      const before = looks.get(name) ?? []
      const kept = (before.at(-1)?.count ?? 0) > count ? [] : before
      kept.push({ at: now, count })
      while (kept.length > 2 && (kept[1]?.at ?? now) <= now - windowMs) kept.shift()
      looks.set(name, kept)
      const [first] = kept
      return first && now > first.at ? ((count - first.count) / (now - first.at)) * 1_000 : 0
    },
  }
}
