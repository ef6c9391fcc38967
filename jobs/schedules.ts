import { chunk } from 'es-toolkit'
import type { Cache } from '../cache/cache.ts'
import type { Producer } from '../queues/producer.ts'
import {
  type Schedule,
  type ScheduleContext,
  type ScheduleName,
  scheduleNames,
} from '../queues/schedules/schedule.ts'
import { type AuditPolicy, auditActiveWorlds } from './audit/schedule.ts'
import type { JobDeps } from './deps.ts'
import { sweepPending } from './flush/sweep.ts'
import { type RefreshPolicy, refreshPopular } from './refresh/schedule.ts'
import { sweepUnwarmed } from './warm/sweep.ts'

export interface SchedulesDeps {
  cache: Cache
  producer: Producer
  pending: JobDeps['pending']
  policy: RefreshPolicy
  audit: Omit<AuditPolicy, 'idleMs'>
  /** Is called with what a run found. */
  onFound(name: ScheduleName, found: object): void
}

/** An entity with a lower score was read once, and that more than three half-lives ago. */
const leastScore = 0.1
/** Entities of a world whose popularity is kept. */
const maxPopular = 10_000
/** How long a world that is not played is remembered as such. Milliseconds. */
const forgetIdleMs = 24 * 3_600_000

/** How many worlds' indexes are trimmed in one go. */
const trimmedAtOnce = 20

/** Of all worlds that are remembered: what is read no more keeps no names of what has ended. */
async function trimIndexes({ index, activeWorlds }: Cache, signal: AbortSignal): Promise<void> {
  await index.isWhole() // after a flush it is noted anew since when it is
  for await (const worldIds of activeWorlds.remembered()) {
    for (const batch of chunk(worldIds, trimmedAtOnce)) {
      if (signal.aborted) return
      await Promise.all(batch.map(worldId => index.trim(worldId)))
    }
  }
}

/** The schedules: when each is due, and what it does. */
export function schedulesOf(expressions: Record<ScheduleName, string>, deps: SchedulesDeps): Schedule[] {
  const { cache, producer, pending, policy, audit, onFound } = deps
  const auditPolicy = { ...audit, idleMs: policy.idleMs }
  const auditing = (all: boolean) => (context: ScheduleContext) =>
    auditActiveWorlds({ cache, producer, store: context.store, policy: auditPolicy }, { ...context, all })
  const runs: Record<ScheduleName, (context: ScheduleContext) => Promise<object>> = {
    refresh: context => refreshPopular({ cache, producer, store: context.store, policy }, context),
    decay: async ({ signal }) => ({
      worlds: await cache.popularity.decay({ halfLifeMs: policy.halfLifeMs, signal }),
    }),
    prune: async ({ signal }) => {
      await trimIndexes(cache, signal)
      await cache.activeWorlds.prune(Math.max(forgetIdleMs, policy.idleMs))
      return { entities: await cache.popularity.prune({ least: leastScore, most: maxPopular, signal }) }
    },
    sweep: async context => ({
      pending: await sweepPending({ pending, producer }),
      unwarmed: await sweepUnwarmed({ cache, producer }, context),
    }),
    audit: auditing(false),
    'audit-all': auditing(true),
  }
  return scheduleNames.map(name => ({
    name,
    expression: expressions[name],
    run: async context => onFound(name, await runs[name](context)),
  }))
}
