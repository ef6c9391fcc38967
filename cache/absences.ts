/** How many truths that do not exist this process has remembered at a time. */
export interface Absences {
  /** Whether one more may be remembered, which counts it. */
  admit(): boolean
}

/**
 * A token bucket. It holds half of `most` and gets as many in one life, so that never more than `most` were admitted
 * within a life: reads of ids that do not exist, however many, push no living value out of Redis.
 *
 * @param lifeMs the longest that an absence is remembered
 */
export function createAbsences({
  most,
  lifeMs,
  now = () => performance.now(),
}: {
  most: number
  lifeMs: number
  now?: () => number
}): Absences {
  const capacity = most / 2
  let tokens = capacity
  let filledAt = now()
  return {
    admit() {
      const at = now()
      tokens = Math.min(capacity, tokens + (capacity * (at - filledAt)) / lifeMs)
      filledAt = at
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
  }
}
