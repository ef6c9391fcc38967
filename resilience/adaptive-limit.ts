export interface AdaptiveLimitOptions {
  most: number
  /** Where it begins. Default 2. */
  start?: number
  /** Below 1: one load at a time, with rests between. */
  least: number
  /** Above 0, below 1: less leaves more room for others, and loads less. */
  lateShare: number
}

const shrink = 2 / 3
/** Until the first late answer, as TCP's slow start. */
const growAtFirst = 1.1

/**
 * How many loads may run at a time. A number below 1 means one at a time with rests between, that part of the time.
 *
 * As in TCP Vegas (Brakmo, Peterson, SIGCOMM 1994) and Netflix's concurrency-limits after it, it shrinks by a third where
 * an answer is late, and grows by so little with each that is not that few are late in the end: then it stands where
 * that share of the answers is late which `lateShare` allows.
 */
export function createAdaptiveLimit({ most, start = 2, least, lateShare }: AdaptiveLimitOptions) {
  const grow = shrink ** (-lateShare / (1 - lateShare))
  let value = Math.min(start, most)
  let starting = true

  return {
    get value() {
      return value
    },
    answered(isLate: boolean): void {
      if (isLate) starting = false
      const factor = starting ? growAtFirst : grow
      value = isLate ? Math.max(least, value * shrink) : Math.min(most, value * factor)
    },
  }
}
