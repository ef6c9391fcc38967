import { HearthError } from '../../model/errors.ts'
import type { NewJob, Producer } from '../../queues/producer.ts'
import { activeTrace, type Telemetry } from '../../queues/telemetry.ts'
import { createBatcher } from '../../resilience/batcher.ts'
import { type InvalidatePayload, invalidateJob, invalidationKey } from './payload.ts'

/**
 * Enqueues jobs that make sure of invalidations, one for a target at a time; resolves when all are stored. Calls that
 * come while others are being stored go out together, and the same target once.
 */
export type EnsureInvalidated = (payloads: readonly InvalidatePayload[]) => Promise<void>

export function createEnsureInvalidated({
  producer,
  nameOf,
  telemetry,
}: {
  producer: Pick<Producer, 'addAll'>
  /** A target in words. */
  nameOf(target: InvalidatePayload['target']): string
  telemetry: Telemetry | undefined
}): { ensureInvalidated: EnsureInvalidated; idle(): Promise<void> } {
  const batcher = createBatcher({
    keyOf: ({ payload }: NewJob<InvalidatePayload>) => invalidationKey(payload),
    merge: (a, b) => ({ ...a, payload: latest(a.payload, b.payload) }),
    send: batch => producer.addAll(invalidateJob, batch),
    bound: { most: maxWaiting, error: tooManyWaiting },
  })
  return {
    async ensureInvalidated(payloads) {
      const trace = telemetry && activeTrace(telemetry)
      await batcher.add(
        payloads.map(payload => ({ payload: { ...payload, subject: nameOf(payload.target) }, trace })),
      )
    },
    idle: () => batcher.idle(),
  }
}

/** What may wait in this process for a Redis that is slow: no caller waits for these jobs, so nothing else bounds them. */
const maxWaiting = 100_000
const tooManyWaiting = () =>
  new HearthError(
    'QueueUnavailable',
    `${maxWaiting} invalidations wait for the queue ${invalidateJob.queue} already: it takes them too slowly`,
  )

/** The later version, and of recorded changes the one that has waited longest. */
function latest(a: InvalidatePayload, b: InvalidatePayload): InvalidatePayload {
  const recordedAtMs = Math.min(a.recordedAtMs ?? Infinity, b.recordedAtMs ?? Infinity)
  const later = (a.version ?? 0) > (b.version ?? 0) ? a : b
  return recordedAtMs === Infinity ? later : { ...later, recordedAtMs }
}
