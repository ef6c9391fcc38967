import { countBy } from 'es-toolkit'
import type { JobRun } from '../../queues/define.ts'
import type { JobDeps } from '../deps.ts'
import { fillByKind } from '../fill-by-kind.ts'
import type { RefreshPayload, RefreshResult } from './payload.ts'

/** Loads entries anew beside their readers, unless changes overtake the load. */
export async function refresh({ payload }: JobRun<RefreshPayload>, deps: JobDeps): Promise<RefreshResult> {
  const how = { mode: 'renew', by: 'refresh', waitMs: 0, unlessTtlMs: payload.unlessLeftMs } as const
  const found = await fillByKind(deps, payload, how)
  const { stored = 0, alive = 0, superseded = 0, held = 0, unfit } = countBy(found, one => one.filled.state)
  return { entries: found.length, renewed: stored, left: alive, superseded, held, ...(unfit && { unfit }) }
}
