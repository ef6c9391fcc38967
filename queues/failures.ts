import type { Queue } from 'bullmq'
import { chunk, groupBy } from 'es-toolkit'
import { jobOf } from './find-job.ts'
import { queueAnswered } from './redis.ts'

/** Failed jobs of a queue for one reason, among the newest `maxFailures`. */
export interface FailureGroup {
  /** What their reasons have in common: see `patternOf`. */
  reason: string
  jobs: number
  /** When the last of them failed. Milliseconds since 1970. */
  lastAt: number
  /** The last of them. */
  lastId: string
}

export interface Failures {
  /** The largest group first. */
  groups: FailureGroup[]
  /** How many failed jobs were looked at: the newest. */
  examined: number
}

/** How many failed jobs of a queue are looked at, and how many one call has run again. */
export const maxFailures = 200
/** A reason of a database may quote a whole query. Characters. */
const longestReason = 240
/** Jobs that run again at the same time, so that other commands do not wait long. */
const retriedAtOnce = 20
/** The connections of queues wait for ever. Milliseconds. */
const limitMs = 2_000

/**
 * A reason without what differs from one job to the next: quoted text, numbers, and words with digits (ids, addresses)
 * are `…`. So it has nothing of what the job was about.
 */
export function patternOf(reason: string): string {
  const line = reason.trim().split('\n', 1)[0] ?? ''
  return (
    line
      .slice(0, 4 * longestReason)
      .replace(/"(?:[^"\\]|\\.)*"|'[^']*'|`[^`]*`/g, '…')
      .replace(/[\w.:@/-]*\d[\w.:@/-]*/g, '…')
      .replace(/…(?:[,\s]*…)+/g, '…')
      .slice(0, longestReason) || 'no reason'
  )
}

/** The newest failed jobs of a queue by their reasons. Throws `QueueUnavailable`. */
export async function readFailures(queue: Queue): Promise<Failures> {
  const failed = await newestFailed(queue)
  const groups = Object.entries(groupBy(failed, ({ pattern }) => pattern)).map(([reason, jobs]) => ({
    reason,
    jobs: jobs.length,
    lastAt: jobs[0]?.at ?? 0,
    lastId: jobs[0]?.id ?? '',
  }))
  return { groups: groups.sort((a, b) => b.jobs - a.jobs || b.lastAt - a.lastAt), examined: failed.length }
}

export interface RetriedJobs {
  retried: number
  /** How many failed jobs the queue has now. */
  remaining: number
}

/**
 * Has the newest failed jobs of a queue run again, `maxFailures` at most; with a reason, those whose reason differs from
 * it in ids and numbers only. Undefined for a queue that is not there. Throws `QueueUnavailable`.
 */
export async function retryFailed(
  queues: readonly Queue[],
  { queue: name, reason }: { queue: string; reason?: string | undefined },
): Promise<RetriedJobs | undefined> {
  const queue = queues.find(each => each.name === name)
  if (!queue) return undefined
  const pattern = reason === undefined ? undefined : patternOf(reason)
  const failed = await newestFailed(queue)
  const meant = failed.filter(job => pattern === undefined || job.pattern === pattern)
  let retried = 0
  for (const some of chunk(meant, retriedAtOnce)) {
    const done = await Promise.all(some.map(({ id }) => retryWhereFailed(queue, id)))
    retried += done.filter(Boolean).length
  }
  const { failed: remaining = 0 } = await queueAnswered(queue.getJobCounts('failed'), { limitMs })
  return { retried, remaining }
}

/** False where another operator was faster. */
async function retryWhereFailed(queue: Queue, id: string): Promise<boolean> {
  const found = await jobOf(queue, id)
  if (found?.state !== 'failed') return false
  await queueAnswered(found.job.retry('failed'), { limitMs })
  return true
}

/** Without their payloads, which may be large. */
async function newestFailed(queue: Queue): Promise<{ id: string; at: number; pattern: string }[]> {
  const client = await queueAnswered(queue.getBackend().client, { limitMs })
  const newest = client.zrevrange(queue.keys.failed ?? '', 0, maxFailures - 1, { WITHSCORES: true })
  const jobs = chunk(await queueAnswered(newest, { limitMs }), 2)
  const reasons = jobs.map(([id = '']) => client.hget(queue.toKey(id), 'failedReason'))
  return (await queueAnswered(Promise.all(reasons), { limitMs })).map((reason, i) => {
    const [id = '', at = '0'] = jobs[i] ?? []
    return { id, at: Number(at), pattern: patternOf(reason ?? '') }
  })
}
