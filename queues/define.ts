import type { DefaultJobOptions, Job, JobsOptions, Queue } from 'bullmq'
import type { z } from 'zod'
import { HearthError } from '../model/errors.ts'

/** One kind of job, as its producers know it. */
export interface JobDefinition<Payload> {
  readonly queue: string
  /** Its name in BullMQ; with `title`, what that begins with. */
  readonly name: string
  readonly payload: z.ZodType<Payload>
  /** What Bull Board shows of it in place of the name. */
  title?(payload: Payload): string
  /** How one is added: deduplication, delay, priority. */
  options?(payload: Payload): JobsOptions
}

/** A job as its processor gets it. */
export interface JobRun<Payload> {
  job: Job
  payload: Payload
  /** Of the lock that this worker has on it. */
  token: string
  /** The job's queue, for adding others to it. */
  queue: Queue
}

/**
 * Works on one job. What it throws is tried again as the queue says; `InvalidInput` is not, and what passes by itself (a
 * server that is away) costs no attempt.
 */
export type Processor<Payload, Deps> = (run: JobRun<Payload>, deps: Deps) => Promise<unknown>

export interface Work<Deps> {
  readonly job: JobDefinition<unknown>
  readonly process: Processor<unknown, Deps>
}

/** A queue: how its jobs are retried and kept, how many run at a time in a process, and which jobs it has. */
export interface QueueDefinition<Deps> {
  readonly name: string
  readonly options: DefaultJobOptions
  readonly concurrency: number
  readonly works: readonly Work<Deps>[]
}

export const defineJob = <Payload>(job: JobDefinition<Payload>): JobDefinition<Payload> => job

export const work = <Payload, Deps>(
  job: JobDefinition<Payload>,
  process: Processor<Payload, Deps>,
): Work<Deps> => ({ job: job as JobDefinition<unknown>, process: process as Processor<unknown, Deps> })

/** What works on the job of this name. A queue's only job has any name. Throws `InvalidInput` where there is none. */
export function workNamed<Deps>({ name: queue, works }: QueueDefinition<Deps>, name: string): Work<Deps> {
  const [only, ...others] = works
  if (only && others.length === 0) return only
  const found = works.find(({ job }) => name === job.name || (job.title && name.startsWith(`${job.name} `)))
  if (found) return found
  throw new HearthError('InvalidInput', `the queue ${queue} has no job named ${name}`)
}

const day = 24 * 60 * 60

/** Finished jobs are kept long enough to look at, failed ones for a week, for Bull Board. Seconds. */
export const kept = {
  removeOnComplete: { age: day, count: 1_000 },
  removeOnFail: { age: 7 * day, count: 10_000 },
} satisfies DefaultJobOptions
