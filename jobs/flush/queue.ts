import { promptBackoff } from '../../queues/backoff.ts'
import { defineQueue, work } from '../../queues/define.ts'
import type { PoolDeps } from '../pool/deps.ts'
import { flushWorldJob, refusedJob } from './payload.ts'
import { flushWorld, giveBack } from './process.ts'

/** Worlds with pending events. Its jobs are tried for a day and longer, every 5 s in the end. */
export const flushQueue = defineQueue<PoolDeps>({
  name: flushWorldJob.queue,
  options: { attempts: 20_000, backoff: { type: promptBackoff } },
  concurrency: 8,
  works: [work(flushWorldJob, flushWorld), work(refusedJob, giveBack)],
})
