import type { JobDeps } from '../deps.ts'
import { type FilledEntry, fillByKind } from '../fill-by-kind.ts'
import type { RefreshPayload, RefreshResult } from './payload.ts'

/** Loads entries anew beside their readers, unless changes overtake the load. */
export async function refresh(
  deps: JobDeps,
  { worldId, targets, unlessLeftMs }: RefreshPayload,
): Promise<RefreshResult> {
  const found = await fillByKind(deps, worldId, targets, {
    mode: 'renew',
    by: 'refresh',
    waitMs: 0,
    unlessTtlMs: unlessLeftMs,
  })
  const count = (state: FilledEntry['filled']['state']) =>
    found.filter(({ filled }) => filled.state === state).length
  return {
    entries: found.length,
    renewed: count('stored'),
    left: count('alive'),
    superseded: count('superseded'),
    held: count('held'),
    ...(count('unfit') > 0 && { unfit: count('unfit') }),
  }
}
