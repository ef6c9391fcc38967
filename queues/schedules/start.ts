import { hostname } from 'node:os'
import { once } from 'es-toolkit'
import type { QueuePlace } from '../connect.ts'
import { openRedis } from '../redis.ts'
import { createRuns } from './runs.ts'
import { type Schedule, type ScheduleEvent, scheduleKeys } from './schedule.ts'
import { createTimekeeper, type Timekeeper, type TimekeeperDeps } from './timekeeper.ts'

export interface SchedulesOptions {
  /** The queues' Redis, in which schedulers of the same prefix agree. */
  place: QueuePlace
  schedules: readonly Schedule[]
  onEvent?(event: ScheduleEvent): void
  onError?(error: Error): void
  /** How long after the death of its process a run still counts as under way. Milliseconds, default 10,000. */
  lockMs?: number
  /**
   * How late a slot counts as missed. Longer than a slot takes to begin when Redis is slow. Milliseconds, default 6,000.
   */
  missedAfterMs?: number
}

export interface Schedules {
  /** Begins no other run, aborts those under way, and waits for them, `graceMs` at most. Safe twice. */
  close(graceMs: number): Promise<void>
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
export function startSchedules(options: SchedulesOptions): Schedules {
  const { place, schedules, onEvent = () => {}, onError = () => {} } = options
  const { lockMs = 10_000, missedAfterMs = 6_000 } = options
  // A question that would wait for a lost connection, or be sent again, fails: what it asked for is out of date.
  const impatient = {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    commandTimeout: Math.min(maxAnswerMs, lockMs / 3),
  }
  const redis = openRedis(place.address, impatient, onError)
  const keys = scheduleKeys(place.prefix)
  const by = `${hostname()}:${process.pid}`
  const runs = createRuns({ redis, keys, by, lockMs, onEvent, onError })
  const timekeepers = allOrNone(schedules, { redis, keys, by, runs, missedAfterMs, onError })

  redis.on('ready', () => {
    for (const timekeeper of timekeepers) timekeeper.catchUp()
  })
  redis.connect().catch(() => {}) // it goes on trying
  for (const timekeeper of timekeepers) timekeeper.start()

  return {
    close: once(async graceMs => {
      for (const timekeeper of timekeepers) timekeeper.stop()
      await runs.close(graceMs)
      redis.disconnect()
    }),
  }
}

/** Leaves no task behind where the expression of one is wrong. */
function allOrNone(schedules: readonly Schedule[], deps: TimekeeperDeps): Timekeeper[] {
  const timekeepers: Timekeeper[] = []
  try {
    for (const schedule of schedules) timekeepers.push(createTimekeeper(schedule, deps))
    return timekeepers
  } catch (error) {
    for (const timekeeper of timekeepers) timekeeper.stop()
    throw error
  }
}
