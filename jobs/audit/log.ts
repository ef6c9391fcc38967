import { mapValues } from 'es-toolkit'
import { type QueueStore, queueAnswered } from '../../queues/redis.ts'
import type { Finding } from './payload.ts'

/** A finding as it is kept: the same one, seen again, is kept once. */
export interface KeptFinding extends Finding {
  /** How many audits have found it. */
  times: number
}

/** What the audits of a day (UTC, like `2026-11-27`) counted. */
export interface AuditDay {
  day: string
  counts: Record<string, number>
}

const dayMs = 24 * 60 * 60 * 1_000
const keptDays = 7
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)
/** So that a world that went wrong as a whole does not fill the queues' Redis. */
const maxFindings = 10_000

/** What all audits of the fleet found, in the queues' Redis, for a week. Every method rejects with `QueueUnavailable`. */
export function createAuditLog({ redis, prefix }: QueueStore) {
  const dayKey = (day: string) => `${prefix}:audit:day:${day}`
  const order = `${prefix}:audit:order`
  const texts = `${prefix}:audit:findings`

  /** Drops what is older than a week, and of too many the oldest. */
  async function prune(): Promise<void> {
    const old = await queueAnswered(redis.zrangebyscore(order, '-inf', Date.now() - keptDays * dayMs))
    const surplus = await queueAnswered(redis.zrange(order, '0', `${-maxFindings - 1}`))
    const gone = [...new Set([...old, ...surplus])]
    if (gone.length === 0) return
    await queueAnswered(
      redis
        .multi()
        .zrem(order, ...gone)
        .hdel(texts, ...gone)
        .exec(),
    )
  }

  /** What each of the last days counted, the latest first. */
  async function days(): Promise<AuditDay[]> {
    const now = Date.now()
    const days = Array.from({ length: keptDays }, (_, i) => dayOf(now - i * dayMs))
    const found = await queueAnswered(Promise.all(days.map(day => redis.hgetall(dayKey(day)))))
    return days.map((day, i) => ({ day, counts: mapValues(found[i] ?? {}, Number) }))
  }

  return {
    /** Adds to today's counts: `checked`, `found`, `repaired`, and `age:` with the name of an age. A 0 makes it known. */
    async add(counts: Readonly<Record<string, number>>): Promise<void> {
      const key = dayKey(dayOf(Date.now()))
      const adding = redis.pipeline()
      for (const [name, by] of Object.entries(counts)) adding.hincrby(key, name, by)
      adding.pexpire(key, (keptDays + 1) * dayMs)
      await queueAnswered(adding.exec())
    },

    days,

    /** The sums of the week. */
    async counts(): Promise<Record<string, number>> {
      const sums: Record<string, number> = {}
      for (const { counts } of await days())
        for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count
      return sums
    },

    async record(findings: readonly Finding[]): Promise<void> {
      if (findings.length === 0) return
      const ids = findings.map(idOf)
      const before = await queueAnswered(redis.hmget(texts, ...ids))
      const writing = redis.multi()
      findings.forEach((finding, i) => {
        const known = before[i] ? (JSON.parse(before[i]) as KeptFinding) : undefined
        // What was repaired and is wrong again is wrong since then.
        const sinceMs = known && !known.repaired ? Math.min(known.sinceMs, finding.sinceMs) : finding.sinceMs
        const kept: KeptFinding = { ...finding, sinceMs, times: (known?.times ?? 0) + 1 }
        writing.hset(texts, ids[i] as string, JSON.stringify(kept))
        writing.zadd(order, finding.atMs, ids[i] as string)
      })
      await queueAnswered(writing.exec())
      await prune()
    },

    /** The last ones first, and how many there are. */
    async newest(limit: number): Promise<{ findings: KeptFinding[]; total: number }> {
      const since = Date.now() - keptDays * dayMs
      const [ids, total] = await queueAnswered(
        Promise.all([
          redis.zrevrangebyscore(order, '+inf', since, 'LIMIT', 0, limit),
          redis.zcount(order, since, '+inf'),
        ]),
      )
      const found = ids.length === 0 ? [] : await queueAnswered(redis.hmget(texts, ...ids))
      return { findings: found.flatMap(text => (text ? [JSON.parse(text) as KeptFinding] : [])), total }
    },
  }
}

export type AuditLog = ReturnType<typeof createAuditLog>

const idOf = (finding: Finding): string => JSON.stringify([finding.worldId, finding.fault, finding.subject])
