import type { WarmProgress, WarmResult } from '../jobs/warm/payload.ts'
import { HearthError } from '../model/errors.ts'
import { watchJob } from '../queues/watch.ts'
import { showProgress } from './progress.ts'
import { count, duration, print, shown } from './terminal.ts'
import { awaiting, type Flags, withHearth } from './with-hearth.ts'

/** `hearth activate`: asks the workers to warm a world; with `--wait`, until they have. */
export const activate = (worldId: string, flags: Flags & { wait?: true; force?: true }): Promise<void> =>
  withHearth(flags, {}, async opened => {
    const { hearth } = opened
    const job = flags.force ? await hearth.warm(worldId, { force: true }) : await hearth.activated(worldId)
    if (!flags.wait) return print(`Job ${job.id} of the queue ${job.queue} will warm ${shown(worldId)}.`)

    const started = performance.now()
    const progress = showProgress(`warming ${worldId}`, 'entries')
    const result = await awaiting(opened, place =>
      watchJob<WarmResult, WarmProgress>(place, job, progress.show),
    ).finally(progress.end)
    print(summaryOf(worldId, result, performance.now() - started))
  })

/** Throws `WorldNotFound`. */
function summaryOf(worldId: string, result: WarmResult, ms: number): string {
  if (result.outcome === 'not-found') {
    throw new HearthError('WorldNotFound', `There is no world ${JSON.stringify(worldId)} in Neo4j.`)
  }
  const parts = [
    `${count(result.filled)} loaded`,
    `${count(result.alive)} warm already`,
    ...(result.superseded > 0 ? [`${count(result.superseded)} overtaken by changes`] : []),
    ...(result.held > 0 ? [`${count(result.held)} held by other loads`] : []),
  ]
  const howFar = result.outcome === 'over-budget' ? 'is warm as far as its budget goes' : 'is warm'
  return `${shown(worldId)} ${howFar}: ${count(result.entries)} entries (${parts.join(', ')}) in ${duration(ms)}.`
}
