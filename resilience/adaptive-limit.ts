export interface AdaptiveLimitOptions {
  /** Default 16. */
  most?: number
  /** Default 1: warming goes on, however uneven the source is. */
  least?: number
  /** Default 0.1: less leaves more room for others, and loads less. Above 0, below 1. */
  lateShare?: number
}

/** An answer is late that takes this many times the least, and this many milliseconds more. */
const late = { times: 3, ms: 2 }
/** So that the least is forgotten when the source has become slower for good: 6 % a second. In the rests it is met again. */
const drift = 1.003
const shrink = 2 / 3
/** Until the first late answer, as TCP's slow start. */
const growAtFirst = 1.1

/**
 * How many loads may run at a time, so that the source has room for the game's own writes. A number below 1 means one at
 * a time with rests between, that part of the time.
 *
 * It follows the latency of a query that does nothing, asked again and again while loads run: their own latency says
 * little, as one loads one entity and the next five hundred. As TCP Vegas does (Brakmo, Peterson, SIGCOMM 1994) and
 * Netflix's concurrency-limits after it, the latency is held against the least that was seen lately. It shrinks by a
 * third where an answer is late, and grows by so little with each that is not that few are late in the end: then the
 * limit stands where that share of the answers is late which `lateShare` allows.
 */
export function createAdaptiveLimit({ most = 16, least = 1, lateShare = 0.1 }: AdaptiveLimitOptions = {}) {
  const grow = shrink ** (-lateShare / (1 - lateShare))
  let value = Math.min(2, most)
  let base = Number.POSITIVE_INFINITY
  let starting = true

  return {
    get value() {
      return value
    },
    /** An answer took so long. */
    answered(ms: number): void {
      base = Math.min(base * drift, ms)
      if (ms > base * late.times + late.ms) {
        starting = false
        value = Math.max(least, value * shrink)
      } else {
        value = Math.min(most, value * (starting ? growAtFirst : grow))
      }
    },
  }
}
