import type { Job } from 'bullmq'
import { chunk } from 'es-toolkit'
import type { LeaseMode } from '../../cache/leases.ts'
import { snapshot } from '../../model/built-in-kinds.ts'
import type { JobDeps } from '../deps.ts'
import { type FilledEntry, fillByKind } from '../fill-by-kind.ts'
import { sum, tally, warmChunk, warmingAs } from './chunk.ts'
import type { WarmProgress, WarmTally, WarmWorldPayload } from './payload.ts'
import { membersNamed } from './plan.ts'
import { kindsNamed, targetsOfMembers, targetsOfWorld } from './targets.ts'

const defaultUrgent = 300

/** How many of the most read entities are urgent: no more than the budget has. */
export const maxUrgent = ({ warmUrgent = defaultUrgent, warmBudget = {} }: JobDeps): number =>
  Math.min(warmUrgent, warmBudget.entities ?? warmUrgent)

/** The same dependencies, whose loads go before those of all other jobs. */
export const urgently = (deps: JobDeps): JobDeps => ({ ...deps, ...deps.urgent })

/** What is kept per world, whatever the kinds: one without a snapshot does not exist. */
export async function warmHeader(deps: JobDeps, { worldId, force, kinds }: WarmWorldPayload) {
  const { cache } = deps
  const targets = targetsOfWorld(cache.keys.kinds)
  const fill = (mode: LeaseMode) => fillByKind(urgently(deps), { worldId, targets }, warmingAs(cache, mode))
  const isNull = ({ filled }: Pick<FilledEntry, 'filled'>) => 'text' in filled && filled.text === 'null'

  let found = await fill(force ? 'renew' : 'read')
  // The world may have been made a moment before its activation: a null that is remembered is no answer.
  if (found.some(one => one.filled.state === 'alive' && isNull(one))) found = await fill('renew')
  const exists = !found.some(one => one.entry.kind.name === snapshot.name && isNull(one))
  const wanted = found.filter(({ entry }) => !kinds || kinds.includes(entry.kind.name))
  return { exists, header: tally(wanted.map(({ filled }) => filled)) }
}

/** Fills the entries of these entities, which are read most, as far as the budget goes. */
export async function warmMostRead(
  deps: JobDeps,
  { worldId, force, kinds }: WarmWorldPayload,
  ids: readonly string[],
): Promise<{ entities: number; filled: WarmTally }> {
  const { cache, world, chunkSize, warmBudget: { bytes: maxBytes = Infinity } = {} } = urgently(deps)
  const members = await membersNamed(world, worldId, ids)
  const done: WarmTally[] = []
  let entities = 0
  for (const part of chunk(members, chunkSize)) {
    if (sum(done).bytes >= maxBytes) break
    const targets = targetsOfMembers(kindsNamed(cache.keys.kinds, kinds), part, () => true)
    done.push(await warmChunk(urgently(deps), { worldId, force, targets }))
    entities += part.length
  }
  return { entities, filled: sum(done) }
}

/**
 * Reports that what players wait for is warm, once for a job: its later attempts keep the first moment. `total`: as many
 * entries as there are at least; the last warming may know of more.
 */
export async function reportReady(
  job: Job,
  { cache, onWarming }: JobDeps,
  { done, total }: Pick<WarmProgress, 'done' | 'total'>,
): Promise<Required<WarmProgress>> {
  const { readyMs: before } = job.progress as Partial<WarmProgress>
  const { worldId, kinds } = job.data as WarmWorldPayload
  const readyMs = before ?? msSinceAccepted(job)
  const expected = kinds ? 0 : ((await cache.expectedEntries.of(worldId)) ?? 0)
  const progress = { done, total: Math.max(total, expected), readyMs }
  await job.updateProgress(progress satisfies WarmProgress)
  if (before === undefined && !kinds) onWarming?.('ready', readyMs / 1_000)
  return progress
}

/** Never below 0, where the clocks of two machines differ. */
export const msSinceAccepted = ({ timestamp }: Job): number => Math.max(0, Date.now() - timestamp)
