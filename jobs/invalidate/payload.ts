import { z } from 'zod'
import { id } from '../../model/ids.ts'
import { target } from '../../model/kinds.ts'
import { defineJob } from '../../queues/define.ts'

export const invalidatePayload = z.object({
  worldId: id,
  target,
  /** The target in words, for Bull Board. */
  subject: z.string().optional(),
  /**
   * The world's version that its direct invalidation gave: where the cache has come that far, there is nothing left
   * to throw away. Null where it could not be invalidated directly.
   */
  version: z.int().nullable(),
  /** Of the change, where its direct invalidation did not take them to the cache. */
  bookmarks: z.array(z.string()).optional(),
  /** When the change was committed, in ms since 1970, where it was recorded: to measure how long readers saw the old. */
  recordedAtMs: z.number().optional(),
})
export type InvalidatePayload = z.infer<typeof invalidatePayload>

/** What the job found: thrown away now, or gone before; and whether it was loaded again because it is popular. */
export interface InvalidateResult {
  outcome: 'invalidated' | 'already'
  warmed: boolean
}

/** Makes sure that a target is not stale. */
export const invalidateJob = defineJob<InvalidatePayload>({
  queue: 'invalidate',
  name: 'invalidate',
  payload: invalidatePayload,
  title: ({ subject, target: { kind } }) => subject ?? kind,
  options: payload => ({ deduplication: { id: invalidationKey(payload), keepLastIfActive: true } }),
})

/**
 * Jobs that must invalidate and jobs that only make sure are kept apart, and so are those with other bookmarks: one that
 * waits stands in for one that comes later, and must do at least as much.
 */
export const invalidationKey = ({
  worldId,
  target: { kind, type, id },
  version,
  bookmarks = [],
}: InvalidatePayload): string => JSON.stringify([worldId, kind, type, id, version === null, ...bookmarks])
