import { z } from 'zod'
import { id } from '../ids.ts'
import { entityRef, parsePayload } from './payload.ts'
import type { QueueSpec } from './spec.ts'

/** The queue of entries to renew before they expire. A lost one is no harm: the next read or round sees to it. */
export const refreshQueue: QueueSpec = {
  name: 'refresh',
  jobs: { attempts: 3, backoff: { type: 'exponential', delay: 500, jitter: 0.5 } },
}

/** How many entities one job renews, in one load. */
export const refreshChunk = 100

/** Some of a world's entries to renew, beside those that read them. */
export const refreshPayload = z.object({
  worldId: id,
  /** Whose newest events. */
  timelines: z.array(id),
  /** Whose states. */
  entities: z.array(entityRef),
  /** Leaves alone what still has as long to live: somebody else has renewed it meanwhile. Milliseconds. */
  unlessLeftMs: z.int().positive().optional(),
})
export type RefreshPayload = z.infer<typeof refreshPayload>

/** What became of the entries of a refresh job. */
export interface RefreshResult {
  entries: number
  renewed: number
  /** Had enough time left. */
  left: number
  /** Not stored, because changes overtook every load; the next read fills them. */
  superseded: number
  /** Somebody else is loading them. */
  held: number
}

const refreshTargets = z.array(z.union([id, entityRef], 'must be an id, or {type, id}'))

/** Payloads for what is to be renewed: an id means its timeline, a reference the entity's state as well. */
export function refreshJobs(
  worldId: string,
  targets: readonly (string | { type: RefreshPayload['entities'][number]['type']; id: string })[],
): { payload: RefreshPayload }[] {
  const parsed = parsePayload(refreshTargets, targets, 'entities')
  return Array.from({ length: Math.ceil(parsed.length / refreshChunk) }, (_, i) => {
    const some = parsed.slice(i * refreshChunk, (i + 1) * refreshChunk)
    return {
      payload: {
        worldId,
        timelines: some.map(target => (typeof target === 'string' ? target : target.id)),
        entities: some.filter(target => typeof target !== 'string'),
      },
    }
  })
}

/** The name under which Bull Board shows a job. */
export function refreshName({ worldId, timelines, entities }: RefreshPayload): string {
  const entries = timelines.length + entities.length
  return `${worldId}: ${entries === 1 ? (timelines[0] ?? entities[0]?.id) : `${entries} entries`}`
}
