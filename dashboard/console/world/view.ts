import type { SourceEntry, WorldWarmth } from '../../../cache/warmth.ts'
import type { JobStatus } from '../../../queues/find-job.ts'
import type { PendingTotals } from '../../../queues/pending-totals.ts'
import type { Figure } from '../figure.ts'
import type { ReadMinute } from '../overview.ts'

/** A world's page, as it goes over the wire. Times in milliseconds; `At` since 1970. Each figure has its own age. */
export interface WorldView {
  id: string
  at: number
  facts: Figure<WorldFactsRow>
  /** The last half hour. */
  reads: Figure<ReadMinute[]>
  warmth: Figure<WarmthView>
  /** The entities that are read most. */
  popular: Figure<PopularEntityRow[]>
  jobs: Figure<WorldJobs>
  findings: Figure<FindingRow[]>
  pending: Figure<PendingTotals>
}

export interface WorldFactsRow {
  /** Whether the cache knows of it. */
  isKnown: boolean
  version: number | null
  lastActiveAt: number | null
  isActive: boolean
  /** Entries when it is wholly warm; null where it was never warmed. */
  expected: number | null
}

export interface WarmthView extends WorldWarmth {
  lifeBoundsMs: readonly number[]
  /** How many entries the source has; null where it was not asked, or has too many. */
  exists: number | null
  /** Why the source's part is not known, or old; null where it is new. */
  sourceError: string | null
}

/** What the source has of the world; null for one of too many entities. */
export type InSource = readonly SourceEntry[] | null

export interface PopularEntityRow {
  id: string
  /** By the cached value of the entity; null where none is cached, or it has no name. */
  name: string | null
  type: string | null
  /** Among the most read, from 1. */
  place: number
  perSecond: number
  /** Of its first counted entry, which is its timeline; null where that is cold. */
  ttlMs: number | null
  /** What is gone of its usual life; null where it is cold, or was extended. */
  ageMs: number | null
}

export interface WorldJobs {
  jobs: JobRow[]
  /** What changes made stale, the last first. */
  changes: ChangeRow[]
  lastWarming: { at: number; outcome: string; entries: number } | null
}

export interface JobRow
  extends Pick<JobStatus, 'queue' | 'id' | 'name' | 'state' | 'progress' | 'addedAt' | 'finishedAt'> {
  failedReason: string | null
}

export interface ChangeRow {
  /** What was made stale, in words. */
  what: string
  at: number
  state: string
  /** Its job. */
  id: string
  /** Whether it was loaded again at once, as what is read much. */
  warmed: boolean | null
}

export interface FindingRow {
  subject: string
  fault: string
  detail: string
  sinceMs: number
  atMs: number
  times: number
  repaired: boolean
}
