import type { Job } from 'bullmq'
import type { Filled } from '../cache/filler.ts'
import { parsePayload } from '../queues/payload.ts'
import { type RefreshResult, refreshPayload } from '../queues/refresh.ts'
import type { JobDeps } from './deps.ts'
import { forgetAbsent } from './forget-absent.ts'

/** Works on the `refresh` queue: loads entries anew beside those that read them, unless changes overtake the load. */
export function refreshProcessor({ cache, loads }: JobDeps) {
  const how = { mode: 'renew', by: 'refresh', waitMs: 0 } as const

  return async (job: Job): Promise<RefreshResult> => {
    const payload = parsePayload(refreshPayload, job.data, 'refresh job')
    const { worldId, timelines, entities, unlessLeftMs } = payload
    const [renewed, states] = await Promise.all([
      cache.filler.fill({
        ...{ ...how, unlessLeftMs },
        entries: timelines.map(entityId => cache.keys.timeline(worldId, entityId)),
        load: loads.timelines(worldId, timelines),
      }),
      cache.filler.fill({
        ...{ ...how, unlessLeftMs },
        entries: entities.map(ref => cache.keys.entity(worldId, ref)),
        load: loads.entities(worldId, entities),
      }),
    ])
    await forgetAbsent(cache, worldId, timelines, renewed)
    const filled = [...renewed, ...states]
    const count = (state: Filled['state']) => filled.filter(outcome => outcome.state === state).length
    return {
      entries: filled.length,
      renewed: count('stored'),
      left: count('alive'),
      superseded: count('superseded'),
      held: count('held'),
    }
  }
}
