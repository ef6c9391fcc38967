import { hostname } from 'node:os'
import type { Logger, ScheduledTask } from 'node-cron'
import { asError } from '../../model/errors.ts'
import { endsWithin } from '../../resilience/within.ts'
import type { QueuePlace } from '../connect.ts'
import { openRedis } from '../redis.ts'
import { claimLifeMs, createCoordinator } from './coordinator.ts'
import { nextOf, taskOf } from './expression.ts'
import { scheduleKeys } from './keys.ts'
import { findMissed } from './missed.ts'
import { type Beginning, beginRun, type Run } from './runs.ts'
import type { Schedule, ScheduleEvent } from './schedule.ts'

export interface SchedulesOptions {
  /** The queues' Redis, in which schedulers of the same prefix agree. */
  place: QueuePlace
  schedules: readonly Schedule[]
  onEvent?(event: ScheduleEvent): void
  onTrouble?(error: Error): void
  /** How long after the death of its process a round still counts as running. Milliseconds, default 10,000. */
  lockMs?: number
  /**
   * How late a slot counts as missed. Longer than a slot takes to begin when Redis is slow. Milliseconds, default 6,000.
   */
  missedAfterMs?: number
}

export interface Schedules {
  /** Begins no other round, tells those under way to stop, and waits for them, `graceMs` at most. Safe twice. */
  close(graceMs: number): Promise<void>
}

/** How long Redis may take to answer, at most; less where locks are short. */
const longestQuestionMs = 2_000
const lookAgainMs = 1_000

/**
 * Runs rounds by the clock, beside any number of other schedulers: each slot fires in one of them, and a round that is
 * due while the one before still runs anywhere is skipped. Where a slot went by without any of them (all were down, or
 * Redis was, or too busy), the first that finds it runs it, once however many there were. A round whose process dies is
 * not run again: the next one does its work. While Redis is away no round begins.
 *
 * Throws `InvalidInput` for an expression that is wrong.
 */
export function startSchedules(options: SchedulesOptions): Schedules {
  const { place, schedules, onEvent = () => {}, onTrouble = () => {} } = options
  const { lockMs = 10_000, missedAfterMs = 6_000 } = options
  const by = `${hostname()}:${process.pid}`
  const keys = scheduleKeys(place.prefix)
  // Connected below, when all expressions are known to be right.
  const redis = openRedis(
    place.address,
    {
      lazyConnect: true,
      // A question that would wait for a lost connection, or be sent again, fails: what it asked for is out of date.
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      commandTimeout: Math.min(longestQuestionMs, lockMs / 3),
    },
    onTrouble,
  )
  const stopping = new AbortController()
  const underWay = new Map<Promise<void>, Run>()
  let looking: NodeJS.Timeout | undefined
  let closing: Promise<void> | undefined

  /** Runs the round, unless it may not begin. */
  async function begin(beginning: Beginning & { schedule: Schedule }): Promise<void> {
    const { schedule, why, slot } = beginning
    const run = await beginRun({ redis, keys, by, lockMs }, beginning)
    if (run === 'past') return
    if (run === 'overlap') return onEvent({ name: schedule.name, slot, outcome: 'skipped' })
    if (why === 'missed') onEvent({ name: schedule.name, slot, outcome: 'caught-up' })
    const running = perform(beginning, run)
    underWay.set(running, run)
    await running.finally(() => underWay.delete(running))
  }

  async function perform(
    { schedule, slot, nextAt }: Beginning & { schedule: Schedule },
    run: Run,
  ): Promise<void> {
    const { name } = schedule
    const signal = AbortSignal.any([stopping.signal, run.lost])
    const begunAt = performance.now()
    const error = await attempt(async () => {
      signal.throwIfAborted()
      await schedule.run({ slot, nextAt, signal })
    })
    const tookMs = performance.now() - begunAt
    await run.end({ tookMs, error }).catch(onTrouble) // then it will be shown as lost
    if (!error) onEvent({ name, slot, tookMs, outcome: 'ok' })
    else if (error === stopping.signal.reason) onEvent({ name, slot, tookMs, outcome: 'stopped' })
    else onEvent({ name, slot, tookMs, outcome: 'failed', error })
  }

  /** Makes up for what was missed. Looks again while a slot is late but not missed yet, or Redis does not answer. */
  async function catchUp(): Promise<void> {
    await Promise.all(
      scheduled.map(async ({ schedule, task }) => {
        if (closing) return
        const nextAt = nextOf(task)
        const found = await findMissed({ redis, keys, missedAfterMs }, schedule, nextAt).catch(
          () => 'unknown',
        )
        if (found instanceof Date) await beginOrLook({ schedule, why: 'missed', slot: found, nextAt })
        else if (found !== 'none') lookAgain()
      }),
    )
  }

  function lookAgain(): void {
    if (closing || looking) return
    looking = setTimeout(() => {
      looking = undefined
      catchUp()
    }, lookAgainMs)
  }

  async function beginOrLook(beginning: Beginning & { schedule: Schedule }): Promise<void> {
    if (closing) return
    await begin(beginning).catch(error => {
      onTrouble(error)
      lookAgain()
    })
  }

  const coordinator = createCoordinator(redis, keys, by)
  const scheduled = allOrNone(schedules, schedule => {
    const task: ScheduledTask = taskOf(
      schedule,
      // Not noOverlap, which knows of this process alone: the running lock is everybody's.
      ({ date }) => beginOrLook({ schedule, why: 'due', slot: date, nextAt: nextOf(task) }),
      {
        distributed: true,
        distributedLease: claimLifeMs,
        runCoordinator: coordinator,
        logger: quiet(onTrouble),
      },
    )
    task.on('execution:missed', lookAgain) // this process was too busy; perhaps the others were not
    task.on('execution:skipped', ({ reason }) => {
      if (reason === 'coordinator-error') lookAgain()
    })
    return { schedule, task }
  })

  redis.on('ready', catchUp)
  redis.connect().catch(() => {}) // it goes on trying
  for (const { task } of scheduled) task.start()

  async function close(graceMs: number): Promise<void> {
    clearTimeout(looking)
    for (const { task } of scheduled) task.destroy()
    stopping.abort(new Error('the scheduler is stopping'))
    await endsWithin(graceMs, Promise.allSettled(underWay.keys()))
    for (const run of underWay.values()) run.abandon()
    redis.disconnect()
  }

  return {
    close(graceMs) {
      closing ??= close(graceMs)
      return closing
    },
  }
}

/** What it rejects with. */
async function attempt(work: () => Promise<void>): Promise<Error | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    return asError(error)
  }
}

interface Scheduled {
  schedule: Schedule
  task: ScheduledTask
}

/** Leaves no task behind where one of them is wrong. */
function allOrNone(schedules: readonly Schedule[], open: (schedule: Schedule) => Scheduled): Scheduled[] {
  const scheduled: Scheduled[] = []
  try {
    for (const schedule of schedules) scheduled.push(open(schedule))
    return scheduled
  } catch (error) {
    for (const { task } of scheduled) task.destroy()
    throw error
  }
}

/** What node-cron would print: all but its errors is told by events. */
const quiet = (onTrouble: (error: Error) => void): Logger => ({
  info() {},
  warn() {},
  debug() {},
  error: (message, error) => onTrouble(error ?? (message instanceof Error ? message : new Error(message))),
})
