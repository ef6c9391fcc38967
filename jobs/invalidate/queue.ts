import { cappedBackoff } from '../../queues/backoff.ts'
import { defineQueue, work } from '../../queues/define.ts'
import type { JobDeps } from '../deps.ts'
import { invalidateJob } from './payload.ts'
import { makeSure } from './process.ts'

/** Makes sure of invalidations. Its jobs are tried for a day, once a minute in the end. */
export const invalidateQueue = defineQueue<JobDeps>({
  name: invalidateJob.queue,
  options: {
    attempts: 2_000,
    backoff: { type: cappedBackoff },
    removeOnComplete: { count: 1_000 }, // by count alone: an age would be looked at with every one of thousands
  },
  concurrency: 50,
  works: [work(invalidateJob, ({ payload }, deps) => makeSure(deps, payload))],
})
