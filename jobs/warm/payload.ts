import { z } from 'zod'
import { entityRef, id } from '../../model/ids.ts'
import { target } from '../../model/kinds.ts'
import { defineJob } from '../../queues/define.ts'

/** What became of entries that were to be warm. */
export const warmTally = z.object({
  entries: z.int(),
  /** Loaded and stored. */
  filled: z.int(),
  /** There already. */
  alive: z.int(),
  /** Not stored, because changes overtook every load; the next read fills them. */
  superseded: z.int(),
  /** Not stored, because others were loading them all the time. */
  held: z.int(),
  /** Not stored, because what their query found is not of their kind; absent where there are none. */
  unfit: z.int().optional(),
  /** Of the JSON texts of those that are there now. */
  bytes: z.int(),
})
export type WarmTally = z.infer<typeof warmTally>

/** What a warm job returns. */
export interface WarmResult extends WarmTally {
  /** `over-budget`: it went as far as the budget, with what is read most first. */
  outcome: 'warmed' | 'over-budget' | 'not-found'
  /**
   * From when the job was accepted until what players wait for was warm: flags, snapshot, and what is read most.
   * Milliseconds, absent for a world that does not exist.
   */
  readyMs?: number
  /** The same until all was warm. */
  warmMs?: number
  /** Only these kinds were to be warmed; absent where all were. */
  kinds?: string[]
}

/** `ready`: what players wait for is warm. `warm`: all that is to be. */
export type WarmMoment = 'ready' | 'warm'

/** How far a world's job has come in handing out chunks, for the worker that takes it over. */
export const warmPlan = z.object({
  attempt: z.int(),
  chunks: z.int(),
  /** Entities that were handed out. */
  entities: z.int(),
  /** Entries that were handed out, flags and snapshot among them. */
  total: z.int(),
  /** What became of flags, snapshot, and what else was urgent. */
  header: warmTally,
  /** Entities that go first, because they are read most. */
  popular: z.array(id),
  /** How many of these were urgent: they are done. */
  urgent: z.int().default(0),
  phase: z.enum(['popular', 'active', 'others', 'done', 'over-budget']),
  /** The last entity of this phase that was looked at. */
  after: entityRef.optional(),
  /** Whether there are inactive entities to come back to. */
  others: z.boolean(),
})
export type WarmPlan = z.infer<typeof warmPlan>

export const warmWorldPayload = z.object({
  worldId: id,
  /** Loads anew what is warm already. */
  force: z.boolean(),
  /** Only these. Default: all. */
  kinds: z.array(z.string()).optional(),
  plan: warmPlan.optional(),
  /** It failed, and another job was made for its world. */
  swept: z.boolean().optional(),
})
export type WarmWorldPayload = z.infer<typeof warmWorldPayload>

export const warmChunkPayload = z.object({
  worldId: id,
  force: z.boolean(),
  targets: z.array(target),
})
export type WarmChunkPayload = z.infer<typeof warmChunkPayload>

/** Prefills a world with what each kind says is to be warm. While one waits, another call for the same answers with that one. */
export const warmWorldJob = defineJob<WarmWorldPayload>({
  queue: 'warm',
  name: 'world',
  payload: warmWorldPayload,
  options: ({ worldId, force, kinds }) => ({
    deduplication: { id: kinds ? JSON.stringify([worldId, force, kinds]) : worldId, keepLastIfActive: true },
  }),
})

/** Prefills a part of a large world. */
export const warmChunkJob = defineJob<WarmChunkPayload>({
  queue: 'warm',
  name: 'chunk',
  payload: warmChunkPayload,
})

/** A warm job's progress, in entries. */
export interface WarmProgress {
  done: number
  total: number
  /** When the world was ready, in milliseconds since the job was accepted; absent before. */
  readyMs?: number
}
