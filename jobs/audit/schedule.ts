import type { Cache } from '../../cache/cache.ts'
import type { Producer } from '../../queues/producer.ts'
import { auditWorldJob, onceAtATime } from './payload.ts'

/** What is audited by the clock. */
export interface AuditPolicy {
  /** Worlds that were not read or activated for this long are left alone. Milliseconds. */
  idleMs: number
  /** Entities of a world that a sample has. */
  sample: number
  repair: boolean
}

export interface AuditActiveWorldsDeps {
  cache: Pick<Cache, 'activeWorlds'>
  producer: Pick<Producer, 'add'>
  policy: AuditPolicy
}

/** A sample does not wait longer than this: the schedule may come but once a day. Milliseconds. */
const maxSpreadMs = 60_000

/** Has every active world audited: a sample of it, or `all`. Spread over the time until the next run. */
export async function auditActiveWorlds(
  { cache, producer, policy }: AuditActiveWorldsDeps,
  { all, nextAt, signal }: { all: boolean; nextAt: Date; signal: AbortSignal },
): Promise<{ worlds: number }> {
  const spreadMs = Math.min(maxSpreadMs, Math.max(0, nextAt.getTime() - Date.now()) / 2)
  const { idleMs, sample, repair } = policy
  let worlds = 0
  for await (const worldIds of cache.activeWorlds.pages(idleMs)) {
    for (const worldId of worldIds) {
      if (signal.aborted) return { worlds }
      const delayMs = Math.floor(Math.random() * spreadMs)
      const payload = { worldId, sample: all ? null : sample, repair }
      await producer.add(auditWorldJob, payload, { delay: delayMs, ...onceAtATime(payload) })
      worlds += 1
    }
  }
  return { worlds }
}
