import { cappedBackoff, promptBackoff } from '../queues/backoff.ts'
import { type QueueDefinition, work } from '../queues/define.ts'
import { auditWorldJob, recheckJob } from './audit/payload.ts'
import { recheck } from './audit/recheck.ts'
import { auditWorld } from './audit/world.ts'
import { flushWorldJob, refusedJob } from './flush/payload.ts'
import { flushWorld, giveBack } from './flush/process.ts'
import { invalidateJob } from './invalidate/payload.ts'
import { makeSure } from './invalidate/process.ts'
import type { PoolDeps } from './pool/deps.ts'
import { refreshJob } from './refresh/payload.ts'
import { refresh } from './refresh/process.ts'
import { warmChunkOfWorld } from './warm/chunk.ts'
import { warmChunkJob, warmWorldJob } from './warm/payload.ts'
import { warmWorld } from './warm/world.ts'

/** Every queue: workers, producers, Bull Board and metrics take this list. */
export const queues: readonly QueueDefinition<PoolDeps>[] = [
  // Worlds to prefill. A large world's job has a child for each chunk of entities.
  {
    name: warmWorldJob.queue,
    options: { attempts: 5, backoff: { type: 'exponential', delay: 1_000, jitter: 0.5 } },
    concurrency: 4,
    works: [work(warmWorldJob, warmWorld), work(warmChunkJob, warmChunkOfWorld)],
  },
  // Makes sure of invalidations. Its jobs are tried for a day, once a minute in the end.
  {
    name: invalidateJob.queue,
    options: {
      attempts: 2_000,
      backoff: { type: cappedBackoff },
      removeOnComplete: { count: 1_000 }, // by count alone: an age would be looked at with every one of thousands
    },
    concurrency: 50,
    works: [work(invalidateJob, makeSure)],
  },
  // Entries to renew before they expire. A lost job is no harm: the next read or schedule sees to it.
  {
    name: refreshJob.queue,
    options: { attempts: 3, backoff: { type: 'exponential', delay: 500, jitter: 0.5 } },
    concurrency: 4,
    works: [work(refreshJob, refresh)],
  },
  // Worlds with pending events. Its jobs are tried for a day and longer, every 5 s in the end.
  {
    name: flushWorldJob.queue,
    options: { attempts: 20_000, backoff: { type: promptBackoff } },
    concurrency: 8,
    works: [work(flushWorldJob, flushWorld), work(refusedJob, giveBack)],
  },
  // Worlds to compare with the source. A job that fails is not tried again: another one is scheduled.
  {
    name: auditWorldJob.queue,
    options: { attempts: 1 },
    concurrency: 2,
    works: [work(auditWorldJob, auditWorld), work(recheckJob, recheck)],
  },
]
