import { defineQueue, work } from '../../queues/define.ts'
import type { JobDeps } from '../deps.ts'
import { refreshJob } from './payload.ts'
import { refresh } from './process.ts'

/** Entries to renew before they expire. A lost job is no harm: the next read or schedule sees to it. */
export const refreshQueue = defineQueue<JobDeps>({
  name: refreshJob.queue,
  options: { attempts: 3, backoff: { type: 'exponential', delay: 500, jitter: 0.5 } },
  concurrency: 4,
  works: [work(refreshJob, ({ payload }, deps) => refresh(deps, payload))],
})
