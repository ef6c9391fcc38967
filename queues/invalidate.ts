import { z } from 'zod'
import { id } from '../ids.ts'
import { entityRef } from './payload.ts'
import { cappedBackoff, type QueueSpec } from './spec.ts'

/** The queue that makes sure of invalidations. Its jobs are tried for a day, once a minute in the end. */
export const invalidateQueue: QueueSpec = {
  name: 'invalidate',
  jobs: {
    attempts: 2_000,
    backoff: { type: cappedBackoff },
    removeOnComplete: { count: 1_000 }, // by count alone: an age would be looked at with every one of thousands
  },
}

/** One cached value of a world. */
export const targetSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('flags') }),
  z.object({ kind: z.literal('snapshot') }),
  z.object({ kind: z.literal('entity'), ...entityRef.shape }),
  z.object({ kind: z.literal('timeline'), id }),
])
export type Target = z.infer<typeof targetSchema>

export const invalidatePayload = z.object({
  worldId: id,
  target: targetSchema,
  /**
   * The world's version that its direct invalidation gave: where the cache has come that far, there is nothing left
   * to throw away. Null where it could not be invalidated directly.
   */
  version: z.int().nullable(),
  /** When the change was committed, in ms since 1970, where it was recorded: to tell how long readers saw the old. */
  recordedAtMs: z.number().optional(),
})
export type InvalidatePayload = z.infer<typeof invalidatePayload>

/** What the job found: thrown away now, or gone before; and whether it was loaded again because it is popular. */
export interface InvalidateResult {
  outcome: 'invalidated' | 'already'
  warmed: boolean
}

/** The name under which Bull Board shows a target's jobs, and one half of what tells them apart. */
export function targetName(target: Target): string {
  if (target.kind === 'entity') return `${target.type} ${target.id}`
  return target.kind === 'timeline' ? `timeline ${target.id}` : target.kind
}
