import type { Queue } from 'bullmq'
import { queueAnswered } from './redis.ts'

/** One queue at this moment. */
export interface QueueStats {
  name: string
  /** Takes jobs, and gives out none, until it is resumed. */
  isPaused: boolean
  /** Ready to be taken. */
  waiting: number
  active: number
  /** Waiting for a time: those that are to be tried again, mostly. */
  delayed: number
  failed: number
  /** Jobs that wait for their children. */
  parents: number
  /** Ended well, since the queue was made; null where no worker has counted yet. */
  completed: number | null
  /** Ended badly after their last attempt, likewise; `failed` are those that are kept. */
  endedBadly: number | null
  oldestWaitingMs: number | null
  /** How many workers take jobs; null where Redis does not list its clients. */
  workers: number | null
}

/** Throws `QueueUnavailable`. */
export const readQueueStats = (queues: readonly Queue[], now = Date.now()): Promise<QueueStats[]> =>
  queueAnswered(Promise.all(queues.map(queue => statsOf(queue, now))))

async function statsOf(queue: Queue, now: number): Promise<QueueStats> {
  const [counts, [oldest], completed, failed, workers, isPaused] = await Promise.all([
    queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'failed', 'waiting-children'),
    queue.getJobs(['waiting', 'prioritized'], 0, 0, true),
    queue.getMetrics('completed', 0, 0),
    queue.getMetrics('failed', 0, 0),
    queue.getWorkersCount().catch(() => null),
    queue.isPaused(),
  ])
  return {
    name: queue.name,
    isPaused,
    waiting: (counts.waiting ?? 0) + (counts.prioritized ?? 0),
    active: counts.active ?? 0,
    delayed: counts.delayed ?? 0,
    failed: counts.failed ?? 0,
    parents: counts['waiting-children'] ?? 0,
    completed: completed.meta.count,
    endedBadly: failed.meta.count,
    oldestWaitingMs: oldest ? Math.max(0, now - oldest.timestamp) : null,
    workers,
  }
}
