import { z } from 'zod'
import { defineKind } from '../kind.ts'
import type { Snapshot } from '../world-data.ts'

/** A world's state, written through. Its `active_…` name entities, so one that comes or goes makes it stale too. */
export const snapshot = defineKind({
  name: 'snapshot',
  about: "the world's state",
  per: 'world',
  key: () => 'state',
  value: z.looseObject({ world_id: z.string() }) as unknown as z.ZodType<Snapshot>,
  ttlMs: null,
  load: async (source, worldId) => [await source.snapshot(worldId)],
  passed: true,
  warm: 'world',
  staleOn: { 'snapshot-changed': true, 'entity-created': true, 'entity-deleted': true },
})
