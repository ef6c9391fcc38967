import { DelayedError, type Job, type Processor } from 'bullmq'
import { HearthError, isPassing } from '../../model/errors.ts'
import { doubledMs } from '../../queues/backoff.ts'
import type { Breaker } from '../../resilience/breaker.ts'

const dayMs = 24 * 60 * 60 * 1_000
/** A job waits so long where it is for the cache; then it goes back to the queue. */
const inPlaceMs = 10_000
const maxDelayMs = 15_000

export interface OutageDeps {
  breaker: Pick<Breaker, 'closed' | 'untilClosed'>
  /** Aborted when the pool closes. */
  stopping: AbortSignal
  /** Is called where a job is of a kind that this process does not know. */
  onUnknownKind(error: Error): void
}

/**
 * A processor whose jobs wait for servers that are away, and do not lose their attempts to an outage, for a day at most.
 * While the cache is away jobs wait where they are, so that thousands need not be moved about and all go on at once
 * when it is back; where the source is away, or it takes longer, a job is put off.
 */
export function waitingOutOutages(
  processor: Processor,
  { breaker, stopping, onUnknownKind }: OutageDeps,
): Processor {
  return async (job, token, signal) => {
    if (!breaker.closed) {
      const given = [stopping, AbortSignal.timeout(inPlaceMs), ...(signal ? [signal as AbortSignal] : [])]
      await breaker.untilClosed(AbortSignal.any(given))
    }
    try {
      return await processor(job, token, signal)
    } catch (error) {
      // A process that knows the kind may be about to start.
      const isUnknown = error instanceof HearthError && error.code === 'UnknownKind'
      if (!isPassing(error) && !isUnknown) throw error
      if (signal?.aborted || Date.now() - job.timestamp > dayMs) throw error
      if (isUnknown) onUnknownKind(new Error(`${error.message}: its jobs are put off`))
      await job.moveToDelayed(Date.now() + delayMs(job), token)
      throw new DelayedError()
    }
  }
}

/** Doubles with each time that the job was put off, which BullMQ counts as a start and not as an attempt. */
function delayMs({ attemptsStarted, attemptsMade }: Job): number {
  return doubledMs(Math.max(0, attemptsStarted - attemptsMade - 1), maxDelayMs)
}
