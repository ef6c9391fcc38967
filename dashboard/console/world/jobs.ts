import type { Queue } from 'bullmq'
import { pick } from 'es-toolkit'
import { z } from 'zod'
import type { JobStatus } from '../../../queues/find-job.ts'
import { jobsOfWorld } from '../../../queues/jobs-of-world.ts'
import type { ChangeRow, JobRow, WorldJobs } from './view.ts'

const invalidations = 'invalidate'
/** Jobs of each queue and state that are looked at: changes are many, and their jobs small. */
const lookedAt = (queue: string): number => (queue === invalidations ? 100 : 25)
const shown = 50
const longestReason = 300

/** A world's jobs, and what changes made stale. Throws `QueueUnavailable`. */
export async function worldJobs(queues: readonly Queue[], worldId: string): Promise<WorldJobs> {
  const all = await jobsOfWorld(queues, worldId, lookedAt)
  const isChange = ({ queue, state }: JobStatus) => queue === invalidations && state !== 'failed'
  return {
    jobs: all
      .filter(job => !isChange(job))
      .slice(0, shown)
      .map(jobRow),
    changes: all.filter(isChange).slice(0, shown).map(changeRow),
    lastWarming: lastWarmingOf(all),
  }
}

const jobRow = (job: JobStatus): JobRow => ({
  ...pick(job, ['queue', 'id', 'name', 'state', 'progress', 'addedAt', 'finishedAt']),
  failedReason: job.failedReason?.slice(0, longestReason) ?? null,
})

const changeRow = ({ id, name, addedAt, state, result }: JobStatus): ChangeRow => ({
  id,
  what: name.startsWith(`${invalidations} `) ? name.slice(invalidations.length + 1) : name,
  at: addedAt,
  state,
  warmed: z.object({ warmed: z.boolean() }).safeParse(result).data?.warmed ?? null,
})

const warmed = z.object({ outcome: z.string(), entries: z.number() })

/** Of all of the world: that of some kinds says nothing about the rest. */
function lastWarmingOf(jobs: readonly JobStatus[]): WorldJobs['lastWarming'] {
  for (const { queue, name, state, result, finishedAt } of jobs) {
    if (queue !== 'warm' || name !== 'world' || state !== 'completed') continue
    const { data } = warmed.safeParse(result)
    if (data && !isOfSomeKinds(result)) return { at: finishedAt ?? 0, ...data }
  }
  return null
}

const isOfSomeKinds = (result: unknown) => z.object({ kinds: z.array(z.string()) }).safeParse(result).success
