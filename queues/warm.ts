import { z } from 'zod'
import { entityRef, id } from './payload.ts'
import type { QueueSpec } from './spec.ts'

/** The queue of worlds to prefill. A large world's job has a child for each chunk of entities. */
export const warmQueue: QueueSpec = {
  name: 'warm',
  jobs: { attempts: 5, backoff: { type: 'exponential', delay: 1_000, jitter: 0.5 } },
}

/** What became of entries that were to be warm. */
export const warmTally = z.object({
  /** All of them. */
  entries: z.int(),
  /** Loaded and stored. */
  filled: z.int(),
  /** There already. */
  alive: z.int(),
  /** Not stored, because changes overtook every load; the next read fills them. */
  superseded: z.int(),
  /** Not stored, because others were loading them all the time. */
  held: z.int(),
})
export type WarmTally = z.infer<typeof warmTally>

/** What a warm job returns. */
export interface WarmResult extends WarmTally {
  outcome: 'warmed' | 'not-found'
}

/** A world to prefill: flags, snapshot, entity states, and the newest events of the active entities. */
export const warmWorldPayload = z.object({
  worldId: id,
  /** Loads anew what is warm already. */
  force: z.boolean(),
  /** How far the job has come in handing out chunks, for whoever takes it over. */
  plan: z
    .object({
      attempt: z.int(),
      chunks: z.int(),
      /** Entries that were handed out, flags and snapshot among them. */
      total: z.int(),
      /** What became of flags and snapshot. */
      header: warmTally,
      /** Whose timelines went first, because they are read most. */
      popular: z.array(id),
      /** The last entity handed out. */
      after: entityRef.optional(),
      complete: z.boolean(),
    })
    .optional(),
})
export type WarmWorldPayload = z.infer<typeof warmWorldPayload>

/** Some entities of a world, and whose timelines to prefill. */
export const warmChunkPayload = z.object({
  worldId: id,
  force: z.boolean(),
  entities: z.array(entityRef),
  timelines: z.array(id),
})
export type WarmChunkPayload = z.infer<typeof warmChunkPayload>

export const warmJobs = { world: 'world', chunk: 'chunk' } as const

/** A warm job's progress, in entries. */
export interface WarmProgress {
  done: number
  total: number
}
