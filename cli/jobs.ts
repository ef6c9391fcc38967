import { HearthError } from '../model/errors.ts'
import type { JobStatus } from '../queues/find-job.ts'
import type { JobState } from '../queues/job-states.ts'
import { UsageError } from './failure.ts'
import { table } from './table.ts'
import { print } from './terminal.ts'
import { type Flags, type Opened, withHearth } from './with-hearth.ts'

interface JobsFlags extends Flags {
  state: JobState
  top: number
  json?: true
}

/** `hearth jobs`: the newest jobs of a queue in one state, or one job. */
export const jobs = (queue: string, id: string | undefined, flags: JobsFlags): Promise<void> =>
  withHearth(flags, {}, async opened => {
    if (id !== undefined) {
      const job = (await opened.operations.job({ queue, id })) ?? noSuchJob(queue, id)
      return print(JSON.stringify(job, null, flags.json ? undefined : 2))
    }
    const { state, top } = flags
    const found = await opened.operations.jobs({ queue, state, limit: top })
    if (!found) noSuchQueue(queue, opened)
    if (flags.json) return print(JSON.stringify(found))
    print(found.length === 0 ? `No job of the queue ${queue} is ${state}.` : tableOf(found))
  })

export function noSuchJob(queue: string, id: string): never {
  const kept = 'finished ones are kept for a day, failed ones for a week'
  throw new HearthError('InvalidInput', `The queue ${queue} has no job ${JSON.stringify(id)}; ${kept}.`)
}

export function noSuchQueue(queue: string, { producer }: Opened): never {
  const names = producer.queues.map(({ name }) => name).join(', ')
  throw new UsageError(`there is no queue ${JSON.stringify(queue)}: ${names}`)
}

const tableOf = (found: readonly JobStatus[]): string =>
  table(
    ['job', 'name', 'world', 'added (UTC)', 'attempts', 'reason'],
    found.map(({ id, name, worldId, addedAt, attemptsMade, failedReason }) => [
      id,
      name,
      worldId ?? '',
      new Date(addedAt).toISOString().slice(0, 19).replace('T', ' '),
      String(attemptsMade),
      failedReason ?? '',
    ]),
    6,
  )
