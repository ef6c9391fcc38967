import { z } from 'zod'
import { anyJson } from '../json.ts'
import { defineKind } from '../kind.ts'
import type { Flags } from '../world-data.ts'

/** A world's flags, written through. */
export const flags = defineKind({
  name: 'flags',
  about: "the world's flags",
  per: 'world',
  value: z.record(z.string(), anyJson) as z.ZodType<Flags>,
  ttlMs: null,
  load: async (source, worldId) => [await source.flags(worldId)],
  passed: true,
  warm: 'world',
  staleOn: { 'flags-changed': true },
})
