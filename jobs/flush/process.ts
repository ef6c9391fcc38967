import { DelayedError, UnrecoverableError } from 'bullmq'
import { chunk } from 'es-toolkit'
import { HearthError } from '../../model/errors.ts'
import type { JobRun } from '../../queues/define.ts'
import type { PendingEvent } from '../../queues/pending-flush.ts'
import { awaitedLater } from '../../resilience/awaited-later.ts'
import type { JobDeps } from '../deps.ts'
import type { PoolDeps } from '../pool/deps.ts'
import {
  type FlushPayload,
  type FlushResult,
  flushWorldJob,
  lingerMs,
  type RefusedPayload,
} from './payload.ts'
import { largestBatch } from './write-pending.ts'

/** A world that never rests gives way to others after this long. */
const sliceMs = 2_000
/** Another worker flushes the world: one that is about to end, or is thought dead and is not. */
const guardedMs = 1_000

/** Until nothing is pending. While events keep coming, it waits for more of them and leaves the worker to others. */
export async function flushWorld(
  { job, payload: { worldId }, token }: JobRun<FlushPayload>,
  { pending, pendingWriter }: PoolDeps,
): Promise<FlushResult> {
  const done: FlushResult = { flushed: 0, refused: 0 }
  const goOnAt = performance.now() + sliceMs

  const waitMs = await pending.whileFlushing(worldId, async lost => {
    for (;;) {
      if (lost.aborted) return guardedMs
      const first = await pending.first(worldId, largestBatch)
      if (first.pending === 0) return undefined
      const waitMs = lingerMs(first, largestBatch)
      if (waitMs > 0) return waitMs
      const isOver = () => lost.aborted || performance.now() >= goOnAt
      const batches = wholeBatches({ pending, worldId, first: first.events, isOver })
      const { flushed, refused } = await pendingWriter.write(worldId, batches)
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

interface Batches {
  pending: Pick<JobDeps['pending'], 'first'>
  worldId: string
  first: readonly PendingEvent[]
  isOver(): boolean
}

/** The first batch, and those behind it as long as they are whole. Each is read while the source writes the one before. */
async function* wholeBatches({ pending, worldId, first, isOver }: Batches) {
  let events = first
  do {
    const isWhole = events.length === largestBatch
    const ahead = isWhole ? awaitedLater(pending.first(worldId, largestBatch, events.at(-1))) : undefined
    yield events
    if (!ahead || isOver()) return
    events = (await ahead).events
  } while (events.length === largestBatch)
}

/** Fails with the reason at first; a retry means that what was wrong has been put right. */
export async function giveBack(
  { job, payload }: JobRun<RefusedPayload>,
  deps: PoolDeps,
): Promise<{ pending: number }> {
  const { worldId, eventIds, reason } = payload
  if (job.attemptsMade === 0) throw new UnrecoverableError(reason)
  return { pending: await retryDead(deps, worldId, eventIds) }
}

const atOnce = 1_000

/**
 * Makes events pending again that were set aside (all of a world's, or those of these ids), and has them flushed.
 * Returns how many there were. Throws `Backlogged` where too many are pending.
 */
export async function retryDead(
  { pending, producer }: Pick<JobDeps, 'pending' | 'producer'>,
  worldId: string,
  eventIds?: readonly string[],
): Promise<number> {
  const dead = await pending.dead(worldId, eventIds)
  for (const some of chunk(dead, atOnce)) {
    const { calls } = await pending.accept(worldId, [some.map(({ event }) => event)])
    if (calls[0] === 'full') throw new HearthError('Backlogged', "the queues' Redis has no room to spare")
    if (calls[0] === 'too-many')
      throw new HearthError('Backlogged', `too many events of world ${JSON.stringify(worldId)} are pending`)
  }
  if (dead.length > 0) await producer.addAll(flushWorldJob, [{ payload: { worldId } }])
  return dead.length
}
