import { once } from 'es-toolkit'
import { thisProcess } from '../../resilience/this-process.ts'
import type { QueuePlace } from '../connect.ts'
import { nowOrNever, openStore } from '../redis.ts'
import { createRuns } from './runs.ts'
import { type Schedule, type SchedulerDeps, scheduleKeys } from './schedule.ts'
import { createTimekeeper } from './timekeeper.ts'

export interface SchedulesOptions extends Partial<Omit<SchedulerDeps, 'redis' | 'prefix' | 'keys' | 'by'>> {
  /** The queues' Redis, in which schedulers of the same prefix agree. */
  place: QueuePlace
  schedules: readonly Schedule[]
}

/** How long Redis may take to answer, at most; less where locks are short. Milliseconds. */
const maxAnswerMs = 2_000

/**
 * Runs schedules by the clock, beside any number of other schedulers: each slot fires in one of them, and one that is
 * due while the run before is still under way anywhere is skipped. Where a slot went by without any of them (all were
 * down, or Redis was, or too busy), the first that finds it runs it, once however many there were. A run whose process
 * dies is not run again: the next one does its work. While Redis is away no run begins.
 *
 * Throws `InvalidInput` for an expression that is wrong.
 */
export function startSchedules(options: SchedulesOptions) {
  const { place, schedules, onEvent = () => {}, onError = () => {} } = options
  const { lockMs = 10_000, missedAfterMs = 6_000 } = options
  const patience = { ...nowOrNever(Math.min(maxAnswerMs, lockMs / 3)), lazyConnect: true }
  const { redis, prefix } = openStore({ ...place, onError }, { ...patience, use: 'rounds' })
  const keys = scheduleKeys(prefix)
  const deps = { redis, prefix, keys, by: thisProcess, lockMs, missedAfterMs, onEvent, onError }
  const runs = createRuns(deps)
  const timekeepers = allOrNone(schedules, schedule => createTimekeeper(schedule, runs, deps))

  redis.on('ready', () => {
    for (const timekeeper of timekeepers) timekeeper.catchUp()
  })
  redis.connect().catch(() => {}) // it goes on trying
  for (const timekeeper of timekeepers) timekeeper.start()

  return {
    /** Begins no other run, aborts those under way, and waits for them, `graceMs` at most. Safe twice. */
    close: once(async (graceMs: number) => {
      for (const timekeeper of timekeepers) timekeeper.stop()
      await runs.close(graceMs)
      redis.disconnect()
    }),
  }
}

type Timekeeper = ReturnType<typeof createTimekeeper>

/** Leaves no task behind where the expression of one is wrong. */
function allOrNone(schedules: readonly Schedule[], create: (schedule: Schedule) => Timekeeper) {
  const timekeepers: Timekeeper[] = []
  try {
    for (const schedule of schedules) timekeepers.push(create(schedule))
    return timekeepers
  } catch (error) {
    for (const timekeeper of timekeepers) timekeeper.stop()
    throw error
  }
}
