import {
  createTask,
  type Logger,
  type RunCoordinator,
  type ScheduledTask,
  type TaskFn,
  validateDetailed,
} from 'node-cron'
import { HearthError } from '../../model/errors.ts'
import type { Schedule, SchedulerDeps } from './schedule.ts'

/**
 * How long a slot stays claimed. Longer than clocks of the fleet may differ and a process may be late, so that it is not
 * fired again; and no longer than a schedule may pause after a clock was set back by so much.
 */
const claimLifeMs = 600_000

/** node-cron's task of a schedule, not started yet. Throws `InvalidInput` for an expression that is wrong or never due. */
export function taskOf(schedule: Schedule, fire: TaskFn, deps: SchedulerDeps): ScheduledTask {
  const { name, expression } = schedule
  const { errors } = validateDetailed(expression)
  if (errors.length > 0) throw wrong(schedule, errors.map(({ message }) => message).join('; '))
  const task = createTask(expression, fire, {
    name,
    timezone: 'UTC',
    // Not noOverlap, which knows of this process alone: the lock of a run is the fleet's.
    distributed: true,
    distributedLease: claimLifeMs,
    runCoordinator: coordinatorOf(deps),
    logger: quiet(deps.onError),
  })
  try {
    nextOf(task)
  } catch (cause) {
    task.destroy()
    throw wrong(schedule, 'it is never due', cause)
  }
  return task
}

/** When the task is due next, whether it has been started or not. */
export function nextOf(task: ScheduledTask): Date {
  const [next] = task.getNextRuns(1)
  if (!next) throw new Error('node-cron found no next run')
  return next
}

/**
 * Lets each slot be fired by the first scheduler that asks. The claim is not given back when the run is over, or the
 * scheduler with the slowest clock would fire it again.
 */
const coordinatorOf = ({ redis, keys, by }: SchedulerDeps): RunCoordinator => ({
  shouldRun: async (slot, lifeMs) => (await redis.set(keys.claim(slot), by, 'PX', lifeMs, 'NX')) === 'OK',
})

/** What node-cron would print: all but its errors is reported by events. */
const quiet = (onError: (error: Error) => void): Logger => ({
  info() {},
  warn() {},
  debug() {},
  error: (message, error) => onError(error ?? (message instanceof Error ? message : new Error(message))),
})

function wrong({ name, expression }: Schedule, why: string, cause?: unknown): HearthError {
  return new HearthError(
    'InvalidInput',
    `the expression of the round ${name} is ${JSON.stringify(expression)} (${why}); ` +
      'expected cron in UTC, five fields or six with the seconds first, like */30 * * * * *',
    { cause },
  )
}
