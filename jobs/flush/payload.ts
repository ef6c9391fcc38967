import { z } from 'zod'
import { id } from '../../model/ids.ts'
import { defineJob } from '../../queues/define.ts'

export const flushPayload = z.object({ worldId: id })
export type FlushPayload = z.infer<typeof flushPayload>

export interface FlushResult {
  /** Events that are in the source now. */
  flushed: number
  /** Events that were set aside. */
  refused: number
}

/** Events that were set aside. Its job fails at once, to be seen; retried, it gives them back. */
export const refusedPayload = z.object({
  worldId: id,
  eventIds: z.array(z.string()).min(1),
  reason: z.string(),
})
export type RefusedPayload = z.infer<typeof refusedPayload>

/** A flush begins when no event has come for this long. Milliseconds. */
const quietMs = 200
/** It does not wait longer, even if they never cease. Milliseconds. */
const maxWaitMs = 2_000

/**
 * How long a flush has still to wait; 0 where a whole batch is there, where it has waited long enough, or where Redis'
 * clock was set back, so that its ages mean nothing.
 */
export function lingerMs(
  { pending, oldestMs, newestMs }: { pending: number; oldestMs: number; newestMs: number },
  batch: number,
): number {
  if (pending >= batch || newestMs < 0) return 0
  return Math.max(0, Math.min(quietMs - newestMs, maxWaitMs - oldestMs))
}

/** Writes a world's pending events. One job for a world at a time; it gathers for a moment first. */
export const flushWorldJob = defineJob<FlushPayload>({
  queue: 'flush',
  name: 'world',
  payload: flushPayload,
  options: ({ worldId }) => ({
    delay: quietMs,
    deduplication: { id: worldId, keepLastIfActive: true },
  }),
})

/** Shows events that were set aside. */
export const refusedJob = defineJob<RefusedPayload>({
  queue: 'flush',
  name: 'refused',
  payload: refusedPayload,
  title: ({ eventIds: [first, ...others] }) =>
    `refused ${others.length === 0 ? `event ${first}` : `${others.length + 1} events`}`,
  options: () => ({ attempts: 1 }),
})
