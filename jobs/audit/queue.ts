import { defineQueue, work } from '../../queues/define.ts'
import type { PoolDeps } from '../pool/deps.ts'
import { auditWorldJob, recheckJob } from './payload.ts'
import { recheck } from './recheck.ts'
import { auditWorld } from './world.ts'

/** Worlds to compare with the source. A job that fails is not tried again: another one is scheduled. */
export const auditQueue = defineQueue<PoolDeps>({
  name: auditWorldJob.queue,
  options: { attempts: 1 },
  concurrency: 2,
  works: [work(auditWorldJob, auditWorld), work(recheckJob, recheck)],
})
