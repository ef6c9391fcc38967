import type { Found } from '../../console/overview.ts'
import { operate } from './operations.ts'

/** What was cached of an entity when the page heard of it; `what` are its entries in words. */
export type CachedEntity = Omit<Found['entities'][number], 'worldId'>

const urlOf = (worldId: string, action: string) => `/api/v1/worlds/${encodeURIComponent(worldId)}/${action}`

export const warm = (worldId: string) =>
  operate({
    doIt: 'Warm',
    subject: worldId,
    url: urlOf(worldId, 'warm'),
    body: {},
    text: 'A job loads all of the world that is not warm. Readers are not held up.',
  })

export const invalidate = (worldId: string, { id, what, targets }: CachedEntity) =>
  operate({
    doIt: 'Invalidate',
    subject: `${id} of ${worldId}`,
    url: urlOf(worldId, 'invalidate'),
    body: { targets },
    text: `What is cached of it in ${worldId} (${what}) is thrown away; the next read loads it from the source.`,
  })

export const invalidateAll = (worldId: string) =>
  operate({
    doIt: 'Invalidate',
    subject: `all of ${worldId}`,
    url: urlOf(worldId, 'invalidate'),
    body: { all: true },
    text: 'All that is cached of the world is thrown away; its next reads load from the source, which has to bear that.',
  })
