import { UsageError } from './failure.ts'
import { noSuchJob, noSuchQueue } from './jobs.ts'
import { count, print, shown } from './terminal.ts'
import { type Flags, withHearth } from './with-hearth.ts'

interface RetryFlags extends Flags {
  all?: true
  reason?: string
}

/** `hearth retry`: has a failed job run again, or the newest failed jobs of a queue. */
export async function retry(queue: string, id: string | undefined, flags: RetryFlags): Promise<void> {
  const { all, reason } = flags
  if ([id, all, reason].filter(given => given !== undefined).length !== 1)
    throw new UsageError('give the id of a job, or --all, or --reason with the reason of the jobs')
  await withHearth(flags, {}, async opened => {
    const { operations } = opened
    if (id !== undefined) {
      const job = (await operations.retryJob({ queue, id })) ?? noSuchJob(queue, id)
      return print(`Job ${shown(job.id)} of the queue ${job.queue} is ${job.state}.`)
    }
    const done = (await operations.retryFailed({ queue, reason })) ?? noSuchQueue(queue, opened)
    const { retried, remaining } = done
    print(`${count(retried)} failed jobs of the queue ${queue} run again; ${count(remaining)} remain failed.`)
  })
}
