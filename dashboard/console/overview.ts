import type { NearStats } from '../../cache/near/near-state.ts'
import type { EntityFound, PopularEntity } from '../../cache/world-facts.ts'
import type { KeptFinding } from '../../jobs/audit/log.ts'
import type { Action } from '../../queues/actions.ts'
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
  queueStats: QueueStatsRow[]
  /** How many workers take jobs; null where it is not known. */
  workers: number | null
  /** Null while it is not known. Likewise below. */
  outbox: { pending: number; oldestMs: number | null } | null
  /** Events that are accepted and not yet in the source, and those set aside because the source refuses them. */
  pending: PendingTotals | null
  /** How many worlds are being warmed. */
  warming: number | null
  breakers: { name: string; state: string }[]
  /** Of this process. */
  near: NearStats | null
  schedules: ScheduleRow[] | null
  audit: AuditRow | null
  actions: Action[]
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
  /** Whether the cache has ever told of it here: until then `due` and `version` say nothing. */
  isKnown: boolean
  lastActiveAt: number | null
  /** Entries that are there; null while they were not counted. */
  present: number | null
  /** Entries that are there when all is warm; null for a world that was never warmed. */
  due: number | null
  version: number | null
  /** Events that are accepted and not yet in the source; null where it is not known. */
  pending: number | null
  /** The last half hour. */
  minutes: ReadMinute[]
  perSecond: number | null
  popular: (PopularEntity & { ageMs: number | null })[]
  warming: Pick<JobStatus, 'queue' | 'id' | 'state' | 'progress'> | null
}

export interface QueueStatsRow extends QueueStats {
  donePerMinute: number | null
}

/** What the audits of the last week came to. */
export interface AuditRow {
  checked: number
  found: number
  repaired: number
  /** Of what was checked, how many entries had misled readers for so long: the last two ages, such as `1m` and `5m`. */
  misled: { age: string; entries: number }[]
  /** How many different things were found. */
  total: number
  /** The last of them. */
  findings: KeptFinding[]
}

export interface ScheduleRow {
  name: string
  expression: string
  lastRunAt: number | null
  tookMs: number | null
  nextRunAt: number
  skipped: number
  /** How often it was made up for, because no scheduler had run it in its time. */
  caughtUp: number
  /** Of the last run; null where there was none. `lost`: its process died before it could note the end. */
  outcome: 'running' | 'ok' | 'failed' | 'lost' | null
  /** Why it failed. */
  reason: string | null
  /** Which process ran it: `host:pid`. */
  by: string | null
}

export interface Found {
  worlds: { id: string; what: string }[]
  entities: (EntityFound & { id: string })[]
  jobs: Pick<JobStatus, 'queue' | 'id' | 'name' | 'state'>[]
  /** Where it could not be looked, in words. */
  notLooked: string[]
}
