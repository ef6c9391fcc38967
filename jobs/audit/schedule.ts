import { chunk } from 'es-toolkit'
import type { Cache } from '../../cache/cache.ts'
import { takeLock } from '../../queues/lock.ts'
import type { Producer } from '../../queues/producer.ts'
import { type QueueStore, queueAnswered } from '../../queues/redis.ts'
import { createWorldTimes, type WorldTimes } from '../../queues/world-times.ts'
import { auditWorldJob, onceAtATime } from './payload.ts'

/** What is audited by the clock. */
export interface AuditPolicy {
  /** Worlds that were not read or activated for this long are left alone. Milliseconds. */
  idleMs: number
  /** Entities of a world that a sample has. */
  sample: number
  repair: boolean
  /** How many jobs may wait or run in the fleet's `audit` queue when a round adds others. */
  budget: number
}

export interface AuditActiveWorldsDeps {
  cache: Pick<Cache, 'activeWorlds'>
  producer: Pick<Producer, 'add' | 'queueOf'>
  /** Where the fleet keeps which world was audited when. */
  store: QueueStore
  policy: AuditPolicy
}

export interface AuditRound {
  /** Audits that it has added. */
  worlds: number
  /** Audits that the budget had no room for: later rounds add them. */
  left: number
}

/** A sample does not wait longer than this: the schedule may come but once a day. Milliseconds. */
const maxSpreadMs = 60_000
/** A round that adds jobs for longer renews its lock. Milliseconds. */
const lockMs = 10_000
/** After this time a world that was audited counts as one that never was. Milliseconds. */
const rememberedMs = 7 * 24 * 3_600_000
const addedAtOnce = 20

/**
 * Has active worlds audited: a sample of each, or `all`, as many as the fleet's budget has room for, those that were audited
 * longest ago first; spread over the time until the next run. What `all` leaves gets half of the room of the rounds
 * that follow, until each world that is active was audited after the moment when `all` was due.
 */
export async function auditActiveWorlds(
  deps: AuditActiveWorldsDeps,
  { all, nextAt, signal }: { all: boolean; nextAt: Date; signal: AbortSignal },
): Promise<AuditRound> {
  const { redis, prefix } = deps.store
  if (all) await queueAnswered(redis.set(sinceKey(prefix), Date.now()), { redis })
  const lock = await takeLock({ redis, key: `${prefix}:audits:adding`, lifeMs: lockMs })
  if (!lock) return { worlds: 0, left: 0 } // another round is filling the budget
  try {
    const spreadMs = Math.min(maxSpreadMs, Math.max(0, nextAt.getTime() - Date.now()) / 2)
    const run = { ...deps, spreadMs, signal: AbortSignal.any([signal, lock.lost]) }
    const room = await roomOf(deps)
    const whole = await auditWhole(run, all ? room : Math.ceil(room / 2))
    if (all) return whole
    const samples = await auditSamples(run, room - whole.worlds)
    return { worlds: whole.worlds + samples.worlds, left: whole.left + samples.left }
  } finally {
    await lock.release()
  }
}

interface Run extends AuditActiveWorldsDeps {
  spreadMs: number
  signal: AbortSignal
}

/** Text: when the last audit of all worlds was due, in ms since 1970, until all are audited. */
const sinceKey = (prefix: string) => `${prefix}:audits:all-since`

/** How many jobs may be added. */
async function roomOf({ producer, policy }: AuditActiveWorldsDeps): Promise<number> {
  const queue = producer.queueOf(auditWorldJob)
  const counting = queue.getJobCounts('waiting', 'prioritized', 'delayed', 'active')
  const counts = await queueAnswered(counting, { limitMs: 2_000 })
  const jobs = Object.values(counts).reduce((sum, count) => sum + count, 0)
  return Math.max(0, policy.budget - jobs)
}

/** Of the worlds whose audit of everything is due, the first `room`. */
async function auditWhole(run: Run, room: number): Promise<AuditRound> {
  const { cache, store, policy } = run
  const since = await queueAnswered(store.redis.get(sinceKey(store.prefix)), store)
  if (since === null) return { worlds: 0, left: 0 }
  const audited = createWorldTimes(store, 'audited')
  const ranked = await audited.ranked(cache.activeWorlds.pages(policy.idleMs))
  const due = ranked.filter(({ at }) => at < Number(since)).map(({ worldId }) => worldId)
  const worlds = await addAudits(run, { worldIds: due.slice(0, room), sample: null, times: audited })
  if (worlds === due.length) await queueAnswered(store.redis.del(sinceKey(store.prefix)), store)
  return { worlds, left: due.length - worlds }
}

async function auditSamples(run: Run, room: number): Promise<AuditRound> {
  const { cache, store, policy } = run
  const sampled = createWorldTimes(store, 'sampled')
  const ranked = await sampled.ranked(cache.activeWorlds.pages(policy.idleMs))
  const worldIds = ranked.slice(0, room).map(({ worldId }) => worldId)
  const worlds = await addAudits(run, { worldIds, sample: policy.sample, times: sampled })
  return { worlds, left: ranked.length - worlds }
}

interface Audits {
  worldIds: readonly string[]
  sample: number | null
  times: WorldTimes
}

/** Answers how many it has added. */
async function addAudits(
  { producer, policy, spreadMs, signal }: Run,
  { worldIds, sample, times }: Audits,
): Promise<number> {
  let added = 0
  for (const batch of chunk(worldIds, addedAtOnce)) {
    if (signal.aborted) break
    const at = Date.now()
    await Promise.all(
      batch.map(worldId => {
        const payload = { worldId, sample, repair: policy.repair }
        const delay = Math.floor(Math.random() * spreadMs)
        return producer.add(auditWorldJob, payload, { delay, ...onceAtATime(payload) })
      }),
    )
    await times.note(batch.map(worldId => ({ worldId, at })))
    added += batch.length
  }
  await times.forget(Date.now() - rememberedMs)
  return added
}
