import { z } from 'zod'
import { id } from '../../model/ids.ts'
import { target } from '../../model/kinds.ts'
import { defineJob } from '../../queues/define.ts'

/** After how long a difference is looked at again: what still differs at the last of these is reported. Milliseconds. */
export const defaultAuditAges: readonly number[] = [1_000, 10_000, 60_000, 300_000]

/** An age as labels and tables have it: `1s`, `5m`, `250ms`. */
export function ageName(ms: number): string {
  if (ms % 60_000 === 0) return `${ms / 60_000}m`
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`
}

/**
 * What can be wrong with an entry. Readers get something else than the source has: `different`, `orphan` (the source
 * has it no longer). They do not, and it does not belong: `unparsable`, `life` (none where it should have one, or one that is too
 * long), `lease` (one that stands longer than it may), `popularity` (of an entity that does not exist).
 */
export const faults = ['different', 'orphan', 'unparsable', 'life', 'lease', 'popularity'] as const
export type Fault = (typeof faults)[number]

/** Whether a reader gets something else than the source has: what the nines are counted of. */
export const misleads = (fault: Fault): boolean => fault === 'different' || fault === 'orphan'

const count = z.int().min(0)

/** How many entries were checked so far, by kind. */
const checked = z.record(z.string(), count)
export type Checked = z.infer<typeof checked>

/** How far an audit has come, for the worker that takes it over. */
const auditPlan = z.object({
  phase: z.enum(['entries', 'popularity', 'done']),
  /** In the walk through what is cached of the world. */
  place: z.union([
    z.literal('start'),
    z.object({ from: z.string() }),
    z.object({ node: count, cursor: z.string() }),
  ]),
  /** In the order of popularity. */
  rank: count,
  /** Rechecks that were handed out so far. */
  rechecks: count,
  checked,
  /** Entities whose popularity was looked at. */
  popular: count,
  /** What was wrong at the first look. */
  suspects: count,
})
export type AuditPlan = z.infer<typeof auditPlan>

export const auditPayload = z.object({
  worldId: id,
  /** How many of the entities that are read, those that are read most first of all; null for all that is cached. */
  sample: z.int().positive().nullable(),
  /** Whether what is wrong is invalidated, or only reported. */
  repair: z.boolean(),
  /** Only these, of all that is cached. Default: all. */
  kinds: z.array(z.string()).optional(),
  plan: auditPlan.optional(),
})
export type AuditPayload = z.infer<typeof auditPayload>

/** Something that was wrong when it was last looked at. */
const suspect = z.object({
  target,
  fault: z.enum(faults),
  /** What distinguishes this difference from another one of the same entry; no values, and none can be found out from it. */
  marks: z.array(z.string()),
  /** When the entry expires, which distinguishes it from one that came after it. Null for one without end. */
  expiresAtMs: z.number().nullable(),
  /** First seen so, in ms since 1970. */
  sinceMs: z.number(),
  /** How often it was another difference than the one before. */
  restarts: count,
})
export type Suspect = z.infer<typeof suspect>

export const recheckPayload = z.object({
  worldId: id,
  repair: z.boolean(),
  /** Which of the ages it is. */
  stage: count,
  suspects: z.array(suspect).min(1),
})
export type RecheckPayload = z.infer<typeof recheckPayload>

/** Where two values differ. JSON texts, shortened; null where there is nothing. */
export interface Difference {
  /** Like `metadata.season`, `participants[2]`, or an event's id and then its field. */
  field: string
  /** `(withheld)` for what the source does not have there, since it may be private. */
  cached: string | null
  truth: string | null
}

/** Something that was wrong at every look. */
export interface Finding {
  worldId: string
  target: z.infer<typeof target>
  /** What it is about, in words: the entry, or whose popularity. */
  subject: string
  fault: Fault
  detail: string
  /** At most 20. */
  differences: Difference[]
  /** First and last seen so, in ms since 1970. */
  sinceMs: number
  atMs: number
  /** The world's, null where nothing of it was ever invalidated. */
  version: number | null
  /** How long the entry still has, null for one without end or that is not there. */
  leftMs: number | null
  /** Whether it was invalidated, or only reported. */
  repaired: boolean
}

/** Called with what audits come to, in this process. */
export interface AuditObserver {
  /** Entries that were compared. */
  checked(checked: Checked): void
  /** This many entries had misled readers for this long: the name of an age. */
  inconsistent(age: string, count: number): void
  found(finding: Finding): void
}

export interface RecheckResult {
  /** Was right, or gone. */
  settled: number
  /** Changed all the time, so that it was never seen to stay wrong. */
  unsettled: number
  /** By age: entries that had misled readers for so long. */
  inconsistent: Record<string, number>
  findings: Finding[]
  /** Of these, and those that there was no room for. */
  found: Partial<Record<Fault, number>>
  repaired: number
}

/** What an audit came to. */
export interface AuditResult extends Omit<RecheckResult, 'found'> {
  /** `faulty`: nothing misled readers, but something does not belong. */
  outcome: 'consistent' | 'inconsistent' | 'faulty'
  /** Entries that were there and were compared. */
  checked: number
  kinds: Checked
  popular: number
  /** What was wrong at the first look; most of that is in flight. */
  suspects: number
  found: Record<Fault, number>
}

/** An audit's progress, in entries. `suspects`: what is looked at again. */
export interface AuditProgress {
  done: number
  total: number
  suspects: number
}

/** Compares a world with the source. */
export const auditWorldJob = defineJob<AuditPayload>({
  queue: 'audit',
  name: 'world',
  payload: auditPayload,
  options: ({ sample }) => ({ priority: sample === null ? lowestPriority : lowestPriority / 2 }), // rechecks go first
})

/** Looks again at what differed, which may only have been in flight. */
export const recheckJob = defineJob<RecheckPayload>({
  queue: 'audit',
  name: 'recheck',
  payload: recheckPayload,
})

const lowestPriority = 10

/** One scheduled audit of its kind for a world at a time: while one compares, another call answers with that one. */
export const onceAtATime = ({ worldId, sample }: AuditPayload): { deduplication: { id: string } } => ({
  deduplication: { id: `${sample === null ? 'all' : 'sample'} ${worldId}` },
})
