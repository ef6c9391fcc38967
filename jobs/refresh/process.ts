import { countBy } from 'es-toolkit'
import type { JobDeps } from '../deps.ts'
import { fillByKind } from '../fill-by-kind.ts'
import type { RefreshPayload, RefreshResult } from './payload.ts'

/** Loads entries anew beside their readers, unless changes overtake the load. */
export async function refresh(
  deps: JobDeps,
  { worldId, targets, unlessLeftMs }: RefreshPayload,
): Promise<RefreshResult> {
  const found = await fillByKind(
    deps,
    { worldId, targets },
    {
      mode: 'renew',
      by: 'refresh',
      waitMs: 0,
      unlessTtlMs: unlessLeftMs,
    },
  )
  const states = countBy(found, ({ filled }) => filled.state)
  const { stored = 0, alive = 0, superseded = 0, held = 0, unfit } = states
  return { entries: found.length, renewed: stored, left: alive, superseded, held, ...(unfit && { unfit }) }
}
