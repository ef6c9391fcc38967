import type { NearStats } from '../../cache/near/near-state.ts'
import type { EntityFound } from '../../cache/world-facts.ts'
import type { JobStatus } from '../../queues/find-job.ts'
import type { Counts } from '../../queues/fleet-counts.ts'
import type { PendingTotals } from '../../queues/pending-totals.ts'
import type { QueueStats } from '../../queues/queue-stats.ts'
import type { ServerName } from '../../telemetry/server-metrics.ts'

/** What the overview page shows, as it goes over the wire. Times in milliseconds; `at` and the like since 1970. */
export interface Overview {
  at: number
  /** What is wrong, each cause once. */
  causes: CauseRow[]
  /** Whether what is shown of a server's is new. Of one that is away the last that was known stays. */
  servers: Record<ServerName, ServerRow>
  /** Each server and role: the cache, the queues, the source, a scheduler, workers. */
  states: StateRow[]
  reads: {
    /** Null while it is not known. */
    perSecond: number | null
    /** The last hour. */
    minutes: ReadMinute[]
    /** Of the hits of each of these minutes, those near: in the memory of the process that read. */
    nearHits: number[]
    kinds: KindReads[]
  }
  /** Kinds whose reads make an entity popular: what is refreshed, or invalidated, of a popular one. */
  countedKinds: string[]
  /** The hottest first. */
  worlds: WorldRow[]
  /** Worlds that there is no room for; the search finds them. */
  moreWorlds: number
  queueStats: QueueStats[]
  /** How many workers take jobs; null where it is not known. */
  workers: number | null
  /** Null while it is not known. Likewise below. */
  outbox: { pending: number; oldestMs: number | null } | null
  /** Events that are accepted and not yet in the source, and those set aside because the source refuses them. */
  pending: PendingTotals | null
  /** How many worlds are being warmed. */
  warming: number | null
  /** Of this process. */
  near: NearStats | null
}

export interface ServerRow {
  /** As a person calls it. */
  name: string
  isAway: boolean
  /** When it last answered; null for one that never has. */
  answeredAt: number | null
}

export interface StateRow {
  key: string
  /** What it is to Hearth. */
  role: string
  /** As a person calls the server; null for a role. */
  name: string | null
  /** Null where it is not known. */
  works: boolean | null
  /** What it does, as a sentence ends: `answers`. */
  text: string
  /** Since when this process has seen it so. */
  since: number
}

/** One thing that keeps Hearth from its work, or this page from knowing. */
export interface CauseRow {
  /** The same as long as it is the same cause. */
  key: string
  /** What it is, and what it means. */
  text: string
  /** What helps; what stands in back-quotes is something to type. */
  help: string
  /** Where more stands: a page on which something can be done, and the runbook. */
  links: CauseLink[]
  /** Since when this process has seen it. */
  since: number
}

/** A cause as it is found, before it is known since when. */
export type Cause = Omit<CauseRow, 'since'>

export interface CauseLink {
  text: string
  href: string
}

export interface ReadMinute extends Counts {
  /** When it began. */
  at: number
}

export interface KindReads extends Counts {
  kind: string
}

export interface WorldRow {
  id: string
  /** Whether the cache has ever told of it here: until then `due` says nothing. */
  isKnown: boolean
  lastActiveAt: number | null
  /** Entries that are there; null while they were not counted. */
  present: number | null
  /** Entries that are there when all is warm; null for a world that was never warmed. */
  due: number | null
  /** Events that are accepted and not yet in the source; null where it is not known. */
  pending: number | null
  /** The last half hour. */
  minutes: ReadMinute[]
  perSecond: number | null
  warming: Pick<JobStatus, 'queue' | 'id' | 'state' | 'progress'> | null
}

export interface Found {
  worlds: { id: string; what: string }[]
  entities: (EntityFound & { id: string })[]
  jobs: Pick<JobStatus, 'queue' | 'id' | 'name' | 'state'>[]
  /** Where it could not be looked, in words. */
  notLooked: string[]
}
