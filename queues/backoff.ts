/** Name and growth of a back-off for jobs that are tried for a day: doubling from a second, to a minute at most. */
export const cappedBackoff = 'capped'
/** The same to 5 s at most, for jobs that others wait for. */
export const promptBackoff = 'prompt'
const maxMs: Record<string, number> = { [cappedBackoff]: 60_000, [promptBackoff]: 5_000 }

/** The wait before the next attempt, in milliseconds; workers give this to BullMQ. */
export const backoffMs = (attemptsMade: number, type = cappedBackoff): number =>
  doubledMs(attemptsMade - 1, maxMs[type] ?? 60_000)

/** One second, doubled `times` times, at most `mostMs`; with jitter, so that retries do not come together. */
export const doubledMs = (times: number, mostMs: number): number =>
  Math.min(1_000 * 2 ** Math.min(times, 10), mostMs) * (0.5 + Math.random() / 2)
