import { type RefreshResult, refreshJob, refreshOf } from '../jobs/refresh/payload.ts'
import type { EntityRef } from '../model/world-data.ts'
import { watchJob } from '../queues/watch.ts'
import { entityRefOf, targetsOf } from './kind-flags.ts'
import { count, print, shown } from './terminal.ts'
import { awaiting, type Flags, withHearth } from './with-hearth.ts'

export interface RefreshFlags extends Flags {
  /** Not a kind's flag: it takes ids as well, which mean the entries of counted kinds. */
  entity?: readonly string[]
  wait?: true
}

/** `hearth refresh`: has entries loaded anew beside their readers. */
export const refresh = (worldId: string, { entity: entities, wait, ...flags }: RefreshFlags): Promise<void> =>
  withHearth(flags, {}, async opened => {
    const { hearth, producer, cache } = opened
    const targets = targetsOf(cache.keys.kinds, flags)
    const jobs = await producer.addAll(refreshJob, refreshOf(worldId, targets))
    if (entities || targets.length === 0) jobs.push(...(await hearth.refresh(worldId, entities?.map(named))))
    if (jobs.length === 0) {
      return print(`No entity of ${JSON.stringify(worldId)} has been read of late, so none is refreshed.`)
    }
    if (!wait) {
      const ids = jobs.map(({ id }) => id).join(', ')
      return print(`${jobs.length === 1 ? 'Job' : 'Jobs'} ${ids} of the queue refresh.`)
    }
    const results = await awaiting(opened, place =>
      Promise.all(jobs.map(job => watchJob<RefreshResult, unknown>(place, job))),
    )
    const total = (field: keyof RefreshResult) =>
      results.reduce((sum, result) => sum + (result[field] ?? 0), 0)
    const rest = total('superseded') + total('held')
    const others = rest > 0 ? `, ${count(rest)} left to those who are loading or changing them` : ''
    print(`${shown(worldId)}: ${count(total('renewed'))} entries renewed${others}.`)
  })

/** `character:c1` means the state as well; any other text is an id, whatever colons it has. */
const named = (given: string): string | EntityRef => entityRefOf(given) ?? given
