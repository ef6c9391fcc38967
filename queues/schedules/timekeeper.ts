import type { Runs, Slot } from './runs.ts'
import type { Schedule, SchedulerDeps } from './schedule.ts'
import { nextOf, taskOf } from './task.ts'

const lookAgainMs = 1_000

/**
 * Has one schedule run when it is due, and makes up for slots that went by without any scheduler. Throws `InvalidInput`
 * for an expression that is wrong.
 */
export function createTimekeeper(schedule: Schedule, runs: Runs, deps: SchedulerDeps) {
  let looking: NodeJS.Timeout | undefined
  let isStopped = false
  const task = taskOf(
    schedule,
    ({ date }) => run({ schedule, why: 'due', slot: date, nextAt: nextOf(task) }),
    deps,
  )

  async function run(slot: Slot): Promise<void> {
    if (isStopped) return
    await runs.run(slot).catch(error => {
      deps.onError(error)
      lookAgain()
    })
  }

  /** Looks again while a slot is late but not missed yet, or Redis does not answer. */
  async function catchUp(): Promise<void> {
    if (isStopped) return
    const nextAt = nextOf(task)
    const found = await findMissed(schedule, nextAt, deps).catch(() => 'unknown')
    if (found instanceof Date) await run({ schedule, why: 'missed', slot: found, nextAt })
    else if (found !== 'none') lookAgain()
  }

  function lookAgain(): void {
    if (isStopped || looking) return
    looking = setTimeout(() => {
      looking = undefined
      catchUp()
    }, lookAgainMs)
  }

  task.on('execution:missed', lookAgain) // this process was too busy; perhaps the others were not
  task.on('execution:skipped', ({ reason }) => {
    if (reason === 'coordinator-error') lookAgain()
  })

  return {
    start: () => void task.start(),
    /** Looks now for a slot that was missed. */
    catchUp: () => void catchUp(),
    stop(): void {
      isStopped = true
      clearTimeout(looking)
      task.destroy()
    },
  }
}

/**
 * Whether what Redis has as the next slot went by: the time of the first that was missed; `none`; or `late` while it may
 * be about to begin. A schedule that is new, or has got another expression, has missed nothing yet, and what it may miss
 * from now on is noted: `nextAt`.
 */
async function findMissed(
  { name, expression }: Schedule,
  nextAt: Date,
  { redis, keys, missedAfterMs }: SchedulerDeps,
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
