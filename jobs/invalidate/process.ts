import type { JobRun } from '../../queues/define.ts'
import { fillByKind } from '../fill-by-kind.ts'
import type { PoolDeps } from '../pool/deps.ts'
import type { InvalidatePayload, InvalidateResult } from './payload.ts'

/** Invalidates a target unless that was done, and warms it again if it is popular. */
export async function makeSure(
  { payload }: JobRun<InvalidatePayload>,
  deps: PoolDeps,
): Promise<InvalidateResult> {
  const { cache, ensureStale, onInvalidated } = deps
  const { worldId, target, version, bookmarks = [], recordedAtMs } = payload
  cache.bookmarks.note(worldId, bookmarks)
  const { outcome, popular } = await ensureStale(cache.keys.entryOf(worldId, target), version)
  if (recordedAtMs !== undefined) onInvalidated?.(Math.max(0, Date.now() - recordedAtMs) / 1_000)
  // What is kept per world is read with everything else, so it is as popular as its world.
  const warmed = target.id === undefined ? await cache.activeWorlds.has(worldId) : popular.has(target.id)
  if (warmed) await fillByKind(deps, { worldId, targets: [target] }, { mode: 'warm', by: 'warm', waitMs: 0 })
  return { outcome, warmed }
}
