/** How many truths that do not exist this process has remembered at a time. */
export interface Absences {
  /** Whether one more may be remembered, which counts it. */
  admit(): boolean
}

/**
 * A token bucket. It holds half of `max` and gets as many in one life, so that never more than `max` were admitted
 * within a life: reads of ids that do not exist, however many, push no living value out of Redis.
 *
 * @param ttlMs the longest that an absence is remembered
 */
export function createAbsences({
  max = 10_000,
  ttlMs,
  now = () => performance.now(),
}: {
  max?: number | undefined
  ttlMs: number
  now?: () => number
}): Absences {
  const capacity = max / 2
  let tokens = capacity
  let filledAt = now()
  return {
    admit() {
      const at = now()
      tokens = Math.min(capacity, tokens + (capacity * (at - filledAt)) / ttlMs)
      filledAt = at
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
  }
}
