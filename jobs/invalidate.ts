import type { Job } from 'bullmq'
import { entryOf } from '../cache/changes.ts'
import { type InvalidatePayload, type InvalidateResult, invalidatePayload } from '../queues/invalidate.ts'
import { parsePayload } from '../queues/payload.ts'
import type { Load } from '../world/loads.ts'
import type { JobDeps } from './deps.ts'
import { forgetAbsent } from './forget-absent.ts'

/** Entities among so many of the most read are loaded again at once. */
const popularEnough = 50

/** Works on the `invalidate` queue: makes sure that a target is not stale, and warms it again if it is popular. */
export function invalidateProcessor(deps: JobDeps) {
  return async (job: Job): Promise<InvalidateResult> => {
    const payload = parsePayload(invalidatePayload, job.data, 'invalidate job')
    const { cache } = deps
    const entry = entryOf(cache.keys, payload.worldId, payload.target)
    const [{ outcome }, popular] = await Promise.all([
      cache.leases.invalidate(payload.worldId, [entry], { unlessVersion: payload.version }),
      isPopular(deps, payload),
    ])
    const { recordedAtMs } = payload
    if (recordedAtMs !== undefined) deps.onInvalidated?.(Math.max(0, Date.now() - recordedAtMs) / 1_000)
    if (popular) {
      const load = loadOf(deps, payload)
      const filled = await cache.filler.fill({ entries: [entry], load, mode: 'warm', by: 'warm', waitMs: 0 })
      const { target, worldId } = payload
      if (target.kind === 'timeline') await forgetAbsent(cache, worldId, [target.id], filled)
    }
    return { outcome, warmed: popular }
  }
}

/** Flags and snapshot are read with everything else, so they are as popular as their world. */
function isPopular({ cache }: JobDeps, { worldId, target }: InvalidatePayload): Promise<boolean> {
  return 'id' in target
    ? cache.popularity.rank(worldId, target.id).then(rank => rank !== null && rank < popularEnough)
    : cache.activeWorlds.has(worldId)
}

function loadOf({ loads }: JobDeps, { worldId, target }: InvalidatePayload): Load<unknown> {
  switch (target.kind) {
    case 'flags':
      return loads.flags(worldId)
    case 'snapshot':
      return loads.snapshot(worldId)
    case 'entity':
      return loads.entities(worldId, [target])
    case 'timeline':
      return loads.timelines(worldId, [target.id])
  }
}
