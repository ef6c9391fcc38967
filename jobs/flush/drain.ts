import type { Queue } from 'bullmq'
import { asError, isPassing } from '../../model/errors.ts'
import { repeat } from '../../resilience/repeat.ts'
import type { PoolDeps } from '../pool/deps.ts'
import { largestBatch } from './write-pending.ts'

export interface DrainOptions {
  deps: Pick<PoolDeps, 'pending' | 'pendingWriter'>
  /** The queue of flush jobs: while it is paused, nothing is written. */
  queue: Pick<Queue, 'isPaused'>
  /** For how long the same event has to be the first that waits. Milliseconds, default 15,000. */
  stuckMs?: number
  /** How often to look. Milliseconds, default 5,000. */
  everyMs?: number
  onError(error: Error): void
}

/**
 * Writes pending events that no job writes. A queues' Redis that is full takes no job and hands none out, though what
 * would make room is waiting for one; a job may be lost, or wait for a clock that was set back. None of this needs memory
 * there, or a clock other than this process's own.
 */
export function startDraining(options: DrainOptions): { stop(): void } {
  const { deps, queue, stuckMs = 15_000, everyMs = 5_000, onError } = options
  const { pending } = deps
  /** Of each world the event that has waited longest, and since when it is known to. */
  let heads = new Map<string, { acceptedAt: string; since: number }>()

  async function drainStuck(stopped: AbortSignal): Promise<void> {
    const worlds = await pending.worlds()
    const before = heads
    heads = new Map()
    for (const worldId of worlds) {
      if (stopped.aborted) return
      const [head] = (await pending.first(worldId, 1)).events
      if (!head) continue
      const known = before.get(worldId)
      const same = known?.acceptedAt === head.acceptedAt ? known : undefined
      heads.set(worldId, same ?? { acceptedAt: head.acceptedAt, since: performance.now() })
      if (!same || performance.now() - same.since < stuckMs || (await queue.isPaused())) continue
      await drain(worldId, stopped)
    }
  }

  /** Another process may be at it, as a job or as this: then there is nothing to do. */
  async function drain(worldId: string, stopped: AbortSignal): Promise<void> {
    await pending.whileFlushing(worldId, async lost => {
      while (!stopped.aborted && !lost.aborted) {
        const { events } = await pending.first(worldId, largestBatch)
        if (events.length === 0) return
        await deps.pendingWriter.write(worldId, [events])
      }
    })
  }

  return repeat(everyMs, stopped =>
    drainStuck(stopped).catch(error => {
      if (!isPassing(error)) onError(asError(error)) // else the job that waits for the server will write them
    }),
  )
}
