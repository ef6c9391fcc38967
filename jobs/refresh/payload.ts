import { createHash } from 'node:crypto'
import { chunk } from 'es-toolkit'
import { z } from 'zod'
import { entityRef, id } from '../../model/ids.ts'
import { type Kinds, target } from '../../model/kinds.ts'
import { parsePayload } from '../../model/parse.ts'
import type { EntityRef, Target } from '../../model/world-data.ts'
import { defineJob } from '../../queues/define.ts'

/** How many entries one job renews, in one load of each kind. */
export const refreshChunk = 100

/** Some of a world's entries to renew, beside their readers. */
export const refreshPayload = z.object({
  worldId: id,
  targets: z.array(target).min(1),
  /** Leaves alone what still has as long to live: another process has renewed it meanwhile. Milliseconds. */
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
  /** Another process is loading them. */
  held: number
  /** Not stored, because what their query found is not of their kind; absent where there are none. */
  unfit?: number
}

const refreshed = z.array(z.union([id, entityRef], 'must be an id, or {type, id}'))

/**
 * Payloads for entities that are to be renewed: an id means its entries of the kinds that are counted, a reference those
 * of kinds with types as well.
 */
export function refreshPayloads(
  kinds: Kinds,
  worldId: string,
  entities: readonly (string | EntityRef)[],
): { payload: RefreshPayload }[] {
  const parsed = parsePayload(refreshed, entities, 'entities')
  const typed = kinds.all.filter(({ per }) => per === 'typed-entity')
  const targets = parsed.flatMap((entity): Target[] => {
    const entityId = typeof entity === 'string' ? entity : entity.id
    return [
      ...kinds.counted.map(kind => kinds.targetOf(kind, entityId)),
      ...(typeof entity === 'string' ? [] : typed.map(kind => kinds.targetOf(kind, entity))),
    ]
  })
  return refreshOf(worldId, targets)
}

/** Payloads for entries that are to be renewed. */
export const refreshOf = (worldId: string, targets: readonly Target[]): { payload: RefreshPayload }[] =>
  chunk(targets, refreshChunk).map(part => ({ payload: { worldId, targets: part } }))

/** Loads entries anew beside their readers. */
export const refreshJob = defineJob<RefreshPayload>({
  queue: 'refresh',
  name: 'refresh',
  payload: refreshPayload,
  title: ({ worldId, targets: [first, ...others] }) =>
    `${worldId}: ${others.length === 0 ? first?.id : `${others.length + 1} entries`}`,
  options: ({ worldId, targets }) => ({
    deduplication: { id: digest([worldId, targets]), keepLastIfActive: true },
  }),
})

const digest = (value: unknown): string => createHash('sha1').update(JSON.stringify(value)).digest('hex')
