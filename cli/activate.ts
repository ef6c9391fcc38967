import { readConfig } from '../config/read.ts'
import { partsOf } from '../hearth/hearth.ts'
import type { WarmProgress, WarmResult } from '../jobs/warm/payload.ts'
import { HearthError } from '../model/errors.ts'
import { watchJob } from '../queues/watch.ts'
import { count, duration } from './amounts.ts'
import { openHearth } from './connect.ts'
import { noWorld } from './no-world.ts'
import { print } from './print.ts'
import { showProgress } from './progress.ts'
import type { Flags } from './setting-flags.ts'
import { shown } from './shown.ts'
import { warnWithoutWorkers } from './without-workers.ts'

/** `hearth activate`: asks the workers to warm a world; with `--wait`, until they have. */
export async function activate(worldId: string, flags: Flags & { wait?: true; force?: true }): Promise<void> {
  const config = readConfig({ flags, needs: ['redisUrl'] })
  const hearth = openHearth({ config, world: noWorld() })
  try {
    const job = flags.force ? await hearth.warm(worldId, { force: true }) : await hearth.activated(worldId)
    if (!flags.wait) {
      print(`Job ${job.id} of the queue ${job.queue} will warm ${shown(worldId)}.`)
      return
    }
    const started = performance.now()
    const place = { address: config.queueRedisUrl ?? config.redisUrl, prefix: config.queuePrefix }
    const warning = warnWithoutWorkers(partsOf(hearth), place)
    const progress = showProgress({ what: `warming ${worldId}`, unit: 'entries' })
    const result = await watchJob<WarmResult, WarmProgress>(place, job, progress.show).finally(() => {
      warning.stop()
      progress.end()
    })
    print(summaryOf(worldId, result, performance.now() - started))
  } finally {
    await hearth.close()
  }
}

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
