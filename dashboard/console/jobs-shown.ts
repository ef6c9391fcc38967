import type { Failures } from '../../queues/failures.ts'
import type { DeadWorlds } from '../../queues/pending-dead.ts'
import type { QueueStats } from '../../queues/queue-stats.ts'
import type { Figure } from './figure.ts'

/** What the page Queues shows. */
export interface JobsShown {
  queues: Figure<QueueRow[]>
  /** Of each queue that has any. */
  failures: Figure<QueueFailures[]>
  /** Worlds with events that the source refused. */
  dead: Figure<DeadWorlds>
}

export interface QueueRow extends QueueStats {
  /** Null until they were looked at twice. */
  donePerMinute: number | null
  failedPerMinute: number | null
}

export interface QueueFailures extends Failures {
  queue: string
}
