import { z } from 'zod'
import { id } from '../ids.ts'
import { entityRef } from './payload.ts'
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
  /** Of the JSON texts of those that are there now. */
  bytes: z.int(),
})
export type WarmTally = z.infer<typeof warmTally>

/** What a warm job returns. */
export interface WarmResult extends WarmTally {
  /** `over-budget`: it went as far as the budget, with what is read most first. */
  outcome: 'warmed' | 'over-budget' | 'not-found'
}

/** How far a world's job has come in handing out chunks, for whoever takes it over. */
export const warmPlan = z.object({
  attempt: z.int(),
  chunks: z.int(),
  /** Entities that were handed out. */
  entities: z.int(),
  /** Entries that were handed out, flags and snapshot among them. */
  total: z.int(),
  /** What became of flags and snapshot. */
  header: warmTally,
  /** Who goes first, because they are read most. */
  popular: z.array(id),
  phase: z.enum(['popular', 'active', 'others', 'done', 'over-budget']),
  /** The last entity of this phase that was looked at. */
  after: entityRef.optional(),
  /** Whether there are inactive entities to come back to. */
  others: z.boolean(),
})
export type WarmPlan = z.infer<typeof warmPlan>

/** A world to prefill: flags, snapshot, entity states, and the newest events of the active entities. */
export const warmWorldPayload = z.object({
  worldId: id,
  /** Loads anew what is warm already. */
  force: z.boolean(),
  plan: warmPlan.optional(),
  /** It failed, and another job was made for its world. */
  swept: z.boolean().optional(),
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
