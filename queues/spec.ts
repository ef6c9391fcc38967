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
