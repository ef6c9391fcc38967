import { createTask, type ScheduledTask, type TaskFn, type TaskOptions, validateDetailed } from 'node-cron'
import { HearthError } from '../../model/errors.ts'
import type { Schedule } from './schedule.ts'

/** The task of a round, not started yet. Throws `InvalidInput` for an expression that is wrong or never due. */
export function taskOf({ name, expression }: Schedule, run: TaskFn, options: TaskOptions): ScheduledTask {
  const { errors } = validateDetailed(expression)
  if (errors.length > 0) throw wrong(name, expression, errors.map(({ message }) => message).join('; '))
  const task = createTask(expression, run, { ...options, name, timezone: 'UTC' })
  try {
    nextOf(task)
  } catch (cause) {
    task.destroy()
    throw wrong(name, expression, 'it is never due', cause)
  }
  return task
}

/** When the task is due next, whether it has been started or not. */
export function nextOf(task: ScheduledTask): Date {
  const [next] = task.getNextRuns(1)
  if (!next) throw new Error('node-cron told no next run')
  return next
}

function wrong(name: string, expression: string, why: string, cause?: unknown): HearthError {
  return new HearthError(
    'InvalidInput',
    `the expression of the round ${name} is ${JSON.stringify(expression)} (${why}); ` +
      'expected cron in UTC, five fields or six with the seconds first, like */30 * * * * *',
    { cause },
  )
}
