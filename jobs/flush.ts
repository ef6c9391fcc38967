import { DelayedError, type Job, type Queue, UnrecoverableError } from 'bullmq'
import { HearthError } from '../errors.ts'
import {
  type FlushResult,
  flushJobs,
  flushPayload,
  lingerMs,
  type RefusedPayload,
  refusedPayload,
} from '../queues/flush.ts'
import { parsePayload } from '../queues/payload.ts'
import { retryDead } from '../queues/retry-dead.ts'
import type { JobDeps } from './deps.ts'
import { guarded } from './flush-guard.ts'
import { largestBatch, type PendingWriter } from './write-pending.ts'

export interface FlushDeps extends JobDeps {
  /** Hears what each batch came to. */
  onFlushed(result: FlushResult): void
}

/** A world that never rests gives way to others after so long. */
const sliceMs = 2_000
/** Somebody else flushes the world: a worker that is about to end, or is thought dead and is not. */
const guardedMs = 1_000

/** Works on the `flush` queue: writes worlds' pending events, and shows those that were set aside. */
export function flushProcessor(deps: FlushDeps, writer: PendingWriter) {
  return async (job: Job, token = ''): Promise<unknown> => {
    if (job.name === flushJobs.world) return flushWorld(deps, writer, job, token)
    if (job.name.startsWith(flushJobs.refused)) return giveBack(deps, job)
    throw new HearthError('InvalidInput', `the flush queue has no job named ${job.name}`)
  }
}

/** Until nothing is pending. While events keep coming, it waits for more of them and leaves the worker to others. */
async function flushWorld(
  deps: FlushDeps,
  writer: PendingWriter,
  job: Job,
  token: string,
): Promise<FlushResult> {
  const { worldId } = parsePayload(flushPayload, job.data, 'flush job')
  const { pending } = deps
  const done: FlushResult = { flushed: 0, refused: 0 }
  const goOnAt = performance.now() + sliceMs

  const waitMs = await guarded(pending, worldId, async () => {
    for (;;) {
      const first = await pending.first(worldId, largestBatch)
      if (first.pending === 0) return undefined
      const waitMs = lingerMs(first, largestBatch)
      if (waitMs > 0) return waitMs
      const { flushed, refused } = await writer.write(worldId, first.events)
      deps.onFlushed({ flushed, refused })
      done.flushed += flushed
      done.refused += refused
      if (performance.now() >= goOnAt) return 1
    }
  })
  const postponeMs = waitMs === 'held' ? guardedMs : waitMs
  if (postponeMs === undefined) return done
  await job.moveToDelayed(Date.now() + postponeMs, token)
  throw new DelayedError()
}

/** As a job that has failed, which is kept and can be retried. */
export async function showRefused(queue: Queue, payload: RefusedPayload): Promise<void> {
  const { eventIds } = payload
  const what = eventIds.length === 1 ? `event ${eventIds[0]}` : `${eventIds.length} events`
  await queue.add(`${flushJobs.refused} ${what}`, payload, { attempts: 1 })
}

/** Fails with the reason at first; whoever retries it has put right what was wrong. */
async function giveBack(deps: FlushDeps, job: Job): Promise<{ pending: number }> {
  const { worldId, eventIds, reason } = parsePayload(refusedPayload, job.data, 'refused events')
  if (job.attemptsMade === 0) throw new UnrecoverableError(reason)
  return { pending: await retryDead(deps, worldId, eventIds) }
}
