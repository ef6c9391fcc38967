import type { DefaultJobOptions } from 'bullmq'

/** A queue's name and how its jobs are retried and kept. */
export interface QueueSpec {
  readonly name: string
  readonly jobs: DefaultJobOptions
}

const day = 24 * 60 * 60

/** Finished jobs are kept long enough to look at, failed ones for a week, for Bull Board. Seconds. */
export const kept = {
  removeOnComplete: { age: day, count: 1_000 },
  removeOnFail: { age: 7 * day, count: 10_000 },
} satisfies DefaultJobOptions

/** Name and growth of a back-off for jobs that are tried for a day: doubling from the job's delay, to a minute at most. */
export const cappedBackoff = 'capped'
/** The same to 5 s at most, for jobs that others wait for. */
export const promptBackoff = 'prompt'
const longestBackoffMs: Record<string, number> = { [cappedBackoff]: 60_000, [promptBackoff]: 5_000 }

/** The wait before the next attempt, in milliseconds; workers give this to BullMQ. Spread, so that not all come at once. */
export const backoffMs = (attemptsMade: number, type = cappedBackoff): number =>
  Math.min(1_000 * 2 ** Math.min(attemptsMade - 1, 10), longestBackoffMs[type] ?? 60_000) *
  (0.5 + Math.random() / 2)
