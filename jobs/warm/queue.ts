import { defineQueue, work } from '../../queues/define.ts'
import type { JobDeps } from '../deps.ts'
import { reportProgress, warmChunk } from './chunk.ts'
import { warmChunkJob, warmWorldJob } from './payload.ts'
import { warmWorld } from './world.ts'

/** Worlds to prefill. A large world's job has a child for each chunk of entities. */
export const warmQueue = defineQueue<JobDeps>({
  name: warmWorldJob.queue,
  options: { attempts: 5, backoff: { type: 'exponential', delay: 1_000, jitter: 0.5 } },
  concurrency: 4,
  works: [
    work(warmWorldJob, warmWorld),
    work(warmChunkJob, async ({ job, payload, queue }, deps) => {
      const tally = await warmChunk(deps, payload)
      await reportProgress(queue, job)
      return tally
    }),
  ],
})
