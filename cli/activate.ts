import type { WarmMoment, WarmProgress, WarmResult } from '../jobs/warm/payload.ts'
import { HearthError } from '../model/errors.ts'
import { watchJobUntil } from '../queues/watch.ts'
import { showProgress } from './progress.ts'
import { count, duration, print, shown } from './terminal.ts'
import { awaiting, type Flags, withHearth } from './with-hearth.ts'

/** `hearth activate`: asks the workers to warm a world; with `--wait`, until they have, or until it is ready. */
export const activate = (
  worldId: string,
  flags: Flags & { wait?: WarmMoment; force?: true; kinds?: readonly string[] },
): Promise<void> =>
  withHearth(flags, {}, async opened => {
    const { hearth } = opened
    const { force = false, kinds } = flags
    const job =
      force || kinds ? await hearth.warm(worldId, { force, kinds }) : await hearth.activated(worldId)
    if (!flags.wait) return print(`Job ${job.id} of the queue ${job.queue} will warm ${shown(worldId)}.`)

    const started = performance.now()
    const progress = showProgress(`warming ${worldId}`, 'entries')
    // Where nothing is left to warm, the job ends in a moment, and its result says more.
    const isEnough = ({ readyMs, done, total }: WarmProgress) =>
      flags.wait === 'ready' && readyMs !== undefined && done < total
    const seen = await awaiting(opened, place =>
      watchJobUntil<WarmResult, WarmProgress>(place, job, { onProgress: progress.show, isEnough }),
    ).finally(progress.end)
    if (seen.state === 'completed') print(summaryOf(worldId, seen.result, performance.now() - started))
    else {
      const { done, readyMs = 0 } = seen.progress
      print(
        `${shown(worldId)} is ready: its flags, its snapshot, and what is read most, ${count(done)} entries, after ` +
          `${duration(readyMs)}. Job ${job.id} of the queue ${job.queue} warms the rest.`,
      )
    }
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
  const ready = result.readyMs === undefined ? '' : `, ready after ${duration(result.readyMs)}`
  const what = result.kinds ? `${result.kinds.join(', ')} of ${shown(worldId)}` : shown(worldId)
  const howFar = result.outcome === 'over-budget' ? 'is warm as far as its budget goes' : 'is warm'
  return `${what} ${howFar}: ${count(result.entries)} entries (${parts.join(', ')}) in ${duration(ms)}${ready}.`
}
