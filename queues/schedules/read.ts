import { z } from 'zod'
import { HearthError } from '../../model/errors.ts'
import { openStore, type StorePlace } from '../redis.ts'
import { scheduleKeys } from './schedule.ts'

const time = z.coerce.number().transform(ms => new Date(ms))
const stateSchema = z.object({
  expression: z.string(),
  next: time,
  skipped: z.coerce.number().default(0),
  caughtUp: z.coerce.number().default(0),
  /** When the last run began; absent where there was none. */
  at: time.optional(),
  /** Which process ran it: `host:pid`. */
  by: z.string().default(''),
  /** Null while it runs, and where it was lost. */
  tookMs: z.coerce.number().nullable().default(null),
  outcome: z.enum(['running', 'ok', 'failed']).default('running'),
  reason: z.string().nullable().default(null),
})

/** Every schedule that the schedulers of this place run or ever ran, by name. Throws `QueueUnavailable`. */
export async function readSchedules(place: StorePlace): Promise<ScheduleRow[]> {
  const { redis, prefix } = openStore(place, { ...impatient, lazyConnect: true, use: 'rounds' })
  const keys = scheduleKeys(prefix)
  try {
    if (redis.status === 'wait') await redis.connect()
    const names = (await redis.smembers(keys.names)).sort()
    return await Promise.all(
      names.map(async name => {
        // In one step: a run that began or ended between two would look lost.
        const both = redis.multi().exists(keys.running(name)).hgetall(keys.state(name))
        const [running, state] = (await both.exec()) ?? []
        return rowOf(name, state?.[1], running?.[1] === 1)
      }),
    )
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new HearthError('QueueUnavailable', `the rounds cannot be read: ${reason}`, { cause })
  } finally {
    redis.disconnect()
  }
}

const impatient = { maxRetriesPerRequest: 0, connectTimeout: 2_000, commandTimeout: 2_000 }

/** How a schedule stands in the fleet. */
export type ScheduleRow = ReturnType<typeof rowOf>

function rowOf(name: string, stored: unknown, isRunning: boolean) {
  const { expression, next, skipped, caughtUp, at, ...run } = stateSchema.parse(stored)
  // Lost: its process died, or lost Redis, before it could note the end.
  const outcome = run.outcome === 'running' && !isRunning ? ('lost' as const) : run.outcome
  return {
    name,
    /** Cron, in UTC. */
    expression,
    /** When it is due next. In the past where no scheduler runs. */
    nextAt: next,
    /** Null where it has never begun. */
    last: at ? { ...run, at, outcome } : null,
    /** How often it was due while the run before was still under way. */
    skipped,
    /** How often it was made up for, because no scheduler had run it in its time. */
    caughtUp,
  }
}
