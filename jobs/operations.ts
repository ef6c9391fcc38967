import type { WarmReport } from '../cache/inspect.ts'
import { type PopularRow, popularEntities } from '../cache/popular-entities.ts'
import { countWorlds, latestWorlds } from '../cache/world-facts.ts'
import { type RetriedJobs, retryFailed } from '../queues/failures.ts'
import { findJob, type JobStatus, jobsInState, retryJob } from '../queues/find-job.ts'
import type { JobState } from '../queues/job-states.ts'
import type { MemberStatus } from '../queues/member.ts'
import { setPaused } from '../queues/paused.ts'
import type { DeadEvent } from '../queues/pending-flush.ts'
import type { Producer } from '../queues/producer.ts'
import type { JobDeps } from './deps.ts'
import { retryDead } from './flush/process.ts'

/** What operators ask and do beside the library, for the HTTP API and the command line alike. */
export interface Operations {
  /** The worlds that were activated or read in the last day, the latest first. Throws `CacheUnavailable`. */
  worlds(page: { offset: number; limit: number }): Promise<WorldsPage>
  /** What of the world is cached. Throws `CacheUnavailable`. */
  inspect(worldId: string): Promise<WarmReport>
  /** The entities that are read most, the most read first. Throws `CacheUnavailable`. */
  popular(worldId: string, top: number): Promise<PopularRow[]>
  /** Accepted events that are not yet in the source, and those that were set aside. Throws `QueueUnavailable`. */
  pending(worldId: string): Promise<PendingEvents>
  /** Makes events pending again that were set aside: all, or those of these ids. Answers how many. */
  retryPending(worldId: string, eventIds?: readonly string[]): Promise<number>
  /** The processes of the fleet, games too, by name. Throws `QueueUnavailable`; likewise below. */
  processes(): Promise<ProcessRow[]>
  /** Undefined for a queue or a job that is not there. */
  job(job: { queue: string; id: string }): Promise<JobStatus | undefined>
  /** The newest jobs of a queue that are in this state; undefined for a queue that is not there. */
  jobs(asked: { queue: string; state: JobState; limit: number }): Promise<JobStatus[] | undefined>
  /** Has a failed job run again. Undefined for a job that is not there. Throws `JobNotFailed`. */
  retryJob(job: { queue: string; id: string }): Promise<JobStatus | undefined>
  /**
   * Has the newest failed jobs of a queue run again, 200 at most; with a reason, those whose reason differs from it in ids
   * and numbers only. Undefined for a queue that is not there.
   */
  retryFailed(asked: { queue: string; reason?: string | undefined }): Promise<RetriedJobs | undefined>
  /** A paused queue takes jobs and gives out none. Undefined for a queue that is not there. */
  setPaused(asked: {
    queue: string
    isPaused: boolean
  }): Promise<{ queue: string; isPaused: boolean } | undefined>
}

/** A process that announces itself. */
export interface ProcessRow {
  /** Like `worker`, `scheduler`, `backend`. */
  name: string
  /** `host:pid`. */
  by: string
  /** When it began, in milliseconds since 1970; null for a process of an older version, like all that may be null below. */
  since: number | null
  /** When it was found to have ended without a word; null for one that is there. */
  lostAt: number | null
  /** Of Hearth. */
  version: string | null
  /** A digest of all that decides about cached values in it: the same in processes that agree. */
  config: string
  /**
   * In what it decides differently about cached values than most processes do: `here` is theirs, `there` its own. Empty
   * where it does not.
   */
  differences: { part: string; here: string | null; there: string | null }[]
  /** How it is, by its own last word. */
  status: MemberStatus | null
}

/** Times in milliseconds since 1970. */
export interface WorldsPage {
  worlds: { id: string; lastActiveAt: number }[]
  /** How many there are in all. */
  total: number
}

export interface PendingEvents {
  pending: number
  /** How long ago the first of them was accepted, by Redis' clock; 0 where none is pending. Milliseconds. */
  oldestMs: number
  dead: DeadEvent[]
}

interface OperationsOptions {
  popularityHalfLifeMs: number
  processes: Operations['processes']
}

export function createOperations(
  { cache, pending, producer }: Pick<JobDeps, 'cache' | 'pending'> & { producer: Producer },
  { popularityHalfLifeMs, processes }: OperationsOptions,
): Operations {
  const { queues } = producer
  return {
    async worlds({ offset, limit }) {
      const [latest, total] = await Promise.all([latestWorlds(cache, limit, offset), countWorlds(cache)])
      return { worlds: latest.map(([id, lastActiveAt]) => ({ id, lastActiveAt })), total }
    },
    inspect: cache.inspect,
    popular: (worldId, top) => popularEntities(cache, { worldId, top, halfLifeMs: popularityHalfLifeMs }),
    async pending(worldId) {
      const [first, dead] = await Promise.all([pending.first(worldId, 1), pending.dead(worldId)])
      return { pending: first.pending, oldestMs: first.oldestMs, dead }
    },
    retryPending: (worldId, eventIds) => retryDead({ pending, producer }, worldId, eventIds),
    processes,
    job: job => findJob(queues, job),
    jobs: asked => jobsInState(queues, asked),
    retryJob: job => retryJob(queues, job),
    retryFailed: asked => retryFailed(queues, asked),
    setPaused: asked => setPaused(queues, asked),
  }
}
