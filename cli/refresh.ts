import { readConfig } from '../config/read.ts'
import { partsOf } from '../hearth/hearth.ts'
import type { RefreshResult } from '../jobs/refresh/payload.ts'
import { type EntityRef, entityTypes } from '../model/entity.ts'
import type { JobRef } from '../queues/producer.ts'
import { watchJob } from '../queues/watch.ts'
import { count } from './amounts.ts'
import { openHearth } from './connect.ts'
import { noWorld } from './no-world.ts'
import { print } from './print.ts'
import type { Flags } from './setting-flags.ts'
import { shown } from './shown.ts'
import { warnWithoutWorkers } from './without-workers.ts'

export interface RefreshFlags extends Flags {
  entity?: readonly string[]
  wait?: true
}

/** `hearth refresh`: has timelines loaded anew beside their readers. */
export async function refresh(worldId: string, flags: RefreshFlags): Promise<void> {
  const config = readConfig({ flags, needs: ['redisUrl'] })
  const hearth = openHearth({ config, world: noWorld() })
  try {
    const jobs = await hearth.refresh(worldId, flags.entity?.map(targetOf))
    if (jobs.length === 0) {
      print(`No timeline of ${JSON.stringify(worldId)} has been read of late, so none is refreshed.`)
      return
    }
    if (!flags.wait) {
      print(
        `${jobs.length === 1 ? 'Job' : 'Jobs'} ${jobs.map(({ id }) => id).join(', ')} of the queue refresh.`,
      )
      return
    }
    const place = { address: config.queueRedisUrl ?? config.redisUrl, prefix: config.queuePrefix }
    const warning = warnWithoutWorkers(partsOf(hearth), place)
    const watching = jobs.map((job: JobRef) => watchJob<RefreshResult, unknown>(place, job))
    const results = await Promise.all(watching).finally(warning.stop)
    const total = (field: keyof RefreshResult) =>
      results.reduce((sum, result) => sum + (result[field] ?? 0), 0)
    const rest = total('superseded') + total('held')
    const others = rest > 0 ? `, ${count(rest)} left to those who are loading or changing them` : ''
    print(`${shown(worldId)}: ${count(total('renewed'))} entries renewed${others}.`)
  } finally {
    await hearth.close()
  }
}

/** `character:c1` means the state as well; any other text is an id, whatever colons it has. */
function targetOf(given: string): string | EntityRef {
  const [, type, id] = /^(\w+):(.+)$/s.exec(given) ?? []
  const known = entityTypes.find(each => each === type)
  return known && id !== undefined ? { type: known, id } : given
}
