/** The oldest and the newest of what waits, as the server that stamped them has it. Stamps in milliseconds. */
export interface Waiting {
  oldest: number
  newest: number
  /** The age of the oldest by that server's clock; below 0 where it was set back since. */
  ageMs: number
}

/** Of what came between two looks the age is known as exactly as they are apart. */
const maxLooks = 64

/**
 * How long the oldest has waited, by this process's own clock: the server's may be set back or forward meanwhile.
 * What is no newer than the newest of an earlier look was there then. Only what came since the last look is as old as the
 * server says, within the time since that look; at the first look there is nothing else to go by.
 */
export function createObservedAge({
  now = () => performance.now(),
  lookedAt = Number.NEGATIVE_INFINITY,
}: {
  now?: () => number
  /** When it was last looked whether anything waits, and nothing did. */
  lookedAt?: number
} = {}) {
  let looks: { at: number; newest: number }[] = []

  return {
    /** Call it at each look; null where nothing waits. Milliseconds. */
    look(waiting: Waiting | null): number {
      const at = now()
      const sinceLastMs = at - lookedAt
      lookedAt = at
      if (waiting === null) {
        looks = []
        return 0
      }
      looks = looks.filter(({ newest }) => newest >= waiting.oldest)
      const cameAt = at - Math.min(Math.max(0, waiting.ageMs), sinceLastMs)
      if (looks.length === 0) looks.push({ at: cameAt, newest: waiting.oldest })
      const last = looks.at(-1)
      if (last && waiting.newest > last.newest) looks.push({ at, newest: waiting.newest })
      if (looks.length > maxLooks) looks = looks.filter((_, i) => i % 2 === 0 || i === looks.length - 1)
      return at - (looks[0]?.at ?? at)
    },
  }
}

export type ObservedAge = ReturnType<typeof createObservedAge>
