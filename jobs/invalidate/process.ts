import type { JobRun } from '../../queues/define.ts'
import type { JobDeps } from '../deps.ts'
import { fillByKind } from '../fill-by-kind.ts'
import type { InvalidatePayload, InvalidateResult } from './payload.ts'

/** Entities among that many of the most read are loaded again at once. */
const popularEnough = 50

/** Invalidates a target unless that was done, and warms it again if it is popular. */
export async function makeSure(
  { payload }: JobRun<InvalidatePayload>,
  deps: JobDeps,
): Promise<InvalidateResult> {
  const { worldId, target, version, bookmarks = [], recordedAtMs } = payload
  deps.cache.bookmarks.note(worldId, bookmarks)
  const entry = deps.cache.keys.entryOf(worldId, target)
  const [{ outcome }, popular] = await Promise.all([
    deps.cache.leases.invalidate(worldId, [entry], { unlessVersion: version }),
    isPopular(deps, payload),
  ])
  if (recordedAtMs !== undefined) deps.onInvalidated?.(Math.max(0, Date.now() - recordedAtMs) / 1_000)
  if (popular) await fillByKind(deps, { worldId, targets: [target] }, { mode: 'warm', by: 'warm', waitMs: 0 })
  return { outcome, warmed: popular }
}

/** What is kept per world is read with everything else, so it is as popular as its world. */
function isPopular({ cache }: JobDeps, { worldId, target }: InvalidatePayload): Promise<boolean> {
  return target.id === undefined
    ? cache.activeWorlds.has(worldId)
    : cache.popularity.rank(worldId, target.id).then(rank => rank !== null && rank < popularEnough)
}
