import { Job, type Queue } from 'bullmq'
import { countBy, mergeWith, sumBy } from 'es-toolkit'
import type { LeaseMode } from '../../cache/leases.ts'
import type { JobRun } from '../../queues/define.ts'
import type { JobDeps } from '../deps.ts'
import { type FilledEntry, fillByKind } from '../fill-by-kind.ts'
import type { WarmChunkPayload, WarmProgress, WarmTally, WarmWorldPayload } from './payload.ts'

export async function warmChunk(
  deps: JobDeps,
  { worldId, force, targets }: WarmChunkPayload,
): Promise<WarmTally> {
  const found = await fillByKind(deps, { worldId, targets }, warmingAs(deps.cache, force ? 'renew' : 'warm'))
  return tally(found.map(({ filled }) => filled))
}

/** Waits out the leases of a worker that died, so that what it held is filled too. */
export const warmingAs = (cache: JobDeps['cache'], mode: LeaseMode) =>
  ({ mode, by: 'warm', waitMs: cache.leaseMs + 2_000, partSize: 100 }) as const

/** Fills a chunk of a large world. */
export async function warmChunkOfWorld(
  { job, payload, queue }: JobRun<WarmChunkPayload>,
  deps: JobDeps,
): Promise<WarmTally> {
  const tally = await warmChunk(deps, payload)
  await reportProgress(queue, job)
  return tally
}

/** Adds this chunk to the progress of its world's job. Chunks that finish together may show one another's count. */
async function reportProgress(queue: Queue, chunk: Job): Promise<void> {
  const world = chunk.parent?.id ? await Job.fromId<WarmWorldPayload>(queue, chunk.parent.id) : undefined
  if (!world?.data.plan) return
  const { chunks, total } = world.data.plan
  const { processed = 0 } = await world.getDependenciesCount({ processed: true })
  const done = Math.floor((total * Math.min(processed + 1, chunks)) / chunks) // chunks differ in size
  const shown = (world.progress as Partial<WarmProgress>).done ?? 0
  if (done > shown)
    await world.updateProgress({ ...(world.progress as WarmProgress), done, total } satisfies WarmProgress)
}

export function tally(filled: readonly FilledEntry['filled'][]): WarmTally {
  const { stored = 0, alive = 0, superseded = 0, held = 0, unfit } = countBy(filled, ({ state }) => state)
  return {
    entries: filled.length,
    filled: stored,
    alive,
    superseded,
    held,
    ...(unfit && { unfit }),
    bytes: sumBy(filled, bytesOf),
  }
}

function bytesOf(outcome: FilledEntry['filled']): number {
  if (outcome.state === 'stored') return Buffer.byteLength(outcome.text)
  return outcome.state === 'alive' ? outcome.bytes : 0
}

export function sum(tallies: readonly WarmTally[]): WarmTally {
  const none: WarmTally = { entries: 0, filled: 0, alive: 0, superseded: 0, held: 0, bytes: 0 }
  return tallies.reduce<WarmTally>((total, one) => mergeWith(total, one, (a = 0, b = 0) => a + b), none)
}
