import type { Redis } from 'ioredis'
import type { ScheduleKeys } from './keys.ts'
import type { Schedule } from './schedule.ts'

export interface MissedDeps {
  redis: Redis
  keys: ScheduleKeys
  missedAfterMs: number
}

/**
 * Looks whether what Redis has as a round's next slot went by: the time of the first that was missed; `none`; or `late`
 * while it may be about to begin. A round that is new, or has got another expression, has missed nothing yet, and what
 * it may miss from now on is noted: `nextAt`.
 */
export async function findMissed(
  { redis, keys, missedAfterMs }: MissedDeps,
  { name, expression }: Pick<Schedule, 'name' | 'expression'>,
  nextAt: Date,
): Promise<Date | 'late' | 'none'> {
  const state = keys.state(name)
  const [known, next] = await redis.hmget(state, 'expression', 'next')
  if (known !== expression || !next) {
    await redis.sadd(keys.names, name)
    await redis.hset(state, { expression, next: nextAt.getTime() })
    return 'none'
  }
  const lateMs = Date.now() - Number(next)
  if (lateMs < 0) return 'none'
  return lateMs < missedAfterMs ? 'late' : new Date(Number(next))
}
