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
const longestBackoffMs = 60_000

/** The wait before the next attempt, in milliseconds; workers give this to BullMQ. Spread, so that not all come at once. */
export const backoffMs = (attemptsMade: number): number =>
  Math.min(1_000 * 2 ** Math.min(attemptsMade - 1, 10), longestBackoffMs) * (0.5 + Math.random() / 2)
