import { type Job, type Queue, WaitingChildrenError } from 'bullmq'
import { chunk, sumBy } from 'es-toolkit'
import type { LeaseMode } from '../../cache/leases.ts'
import { snapshot } from '../../model/built-in-kinds.ts'
import type { Member } from '../../model/world-data.ts'
import type { JobRun } from '../../queues/define.ts'
import type { JobDeps } from '../deps.ts'
import { type FilledEntry, fillByKind } from '../fill-by-kind.ts'
import { sum, tally, warmChunk, warmingAs } from './chunk.ts'
import {
  type WarmChunkPayload,
  type WarmPlan,
  type WarmProgress,
  type WarmResult,
  type WarmTally,
  type WarmWorldPayload,
  warmChunkJob,
} from './payload.ts'
import { nextStep } from './plan.ts'
import { targetsOfMembers, targetsOfWorld } from './targets.ts'

/** How many of the most read entities go first. */
const maxPopular = 1_000

type WarmRun = JobRun<WarmWorldPayload>

/**
 * Prefills a world: first what is kept per world, then its entities in chunks, the most read first, until the budget is spent.
 * A world of one chunk is filled here; of a larger one the chunks become child jobs, so that the whole pool works on
 * it, and this job comes back when all are done.
 */
export async function warmWorld(run: WarmRun, deps: JobDeps): Promise<WarmResult> {
  const { job, payload, token } = run
  const begun = payload.plan?.attempt === job.attemptsMade ? payload.plan : undefined
  if (begun && isOver(begun)) {
    return finish(run, deps, { all: await resultSoFar(job, begun), phase: begun.phase })
  }
  const begunNow = begun ?? (await begin(run, deps))
  if (!('phase' in begunNow)) return begunNow
  const plan = await handOutChunks(run, deps, begunNow)
  if (await job.moveToWaitingChildren(token)) throw new WaitingChildrenError()
  return warmWorld({ ...run, payload: { ...payload, plan } }, deps)
}

/** What is kept per world, and all of a small one; a plan for a larger one. */
async function begin(run: WarmRun, deps: JobDeps): Promise<WarmResult | WarmPlan> {
  const { payload } = run
  await deps.cache.activeWorlds.touch(payload.worldId)
  const { exists, header } = await warmHeader(deps, payload)
  if (!exists) {
    await deps.cache.activeWorlds.forget(payload.worldId)
    return { outcome: 'not-found', ...header }
  }
  const small = await membersOfSmallWorld(deps, payload)
  if (!small) return firstPlan(run, deps, header)
  const filled = await warmChunk(deps, await chunkOfSmallWorld(deps, payload, small))
  return finish(run, deps, { all: sum([header, filled]) })
}

const isOver = ({ phase }: WarmPlan): boolean => phase === 'done' || phase === 'over-budget'

/** What is kept per world; one without a snapshot does not exist. */
async function warmHeader(deps: JobDeps, { worldId, force }: WarmWorldPayload) {
  const { cache } = deps
  const targets = targetsOfWorld(cache.keys.kinds)
  const fill = (mode: LeaseMode) => fillByKind(deps, { worldId, targets }, warmingAs(cache, mode))
  const isNull = ({ filled }: Pick<FilledEntry, 'filled'>) => 'text' in filled && filled.text === 'null'

  let found = await fill(force ? 'renew' : 'read')
  // The world may have been made a moment before its activation: a null that is remembered is no answer.
  if (found.some(one => one.filled.state === 'alive' && isNull(one))) found = await fill('renew')
  const exists = !found.some(one => one.entry.kind.name === snapshot.name && isNull(one))
  return { exists, header: tally(found.map(({ filled }) => filled)) }
}

/** Without a budget of bytes, which is looked at between chunks. */
async function membersOfSmallWorld(
  { world, chunkSize, warmBudget = {} }: JobDeps,
  { worldId }: WarmWorldPayload,
) {
  if (warmBudget.bytes !== undefined) return undefined
  const max = Math.min(chunkSize, warmBudget.entities ?? chunkSize)
  const members = await world.members(worldId, { limit: max + 1 })
  return members.length <= max ? members : undefined
}

async function firstPlan({ job, payload }: WarmRun, { cache }: JobDeps, header: WarmTally) {
  const plan: WarmPlan = {
    attempt: job.attemptsMade,
    chunks: 0,
    entities: 0,
    total: header.entries,
    header,
    popular: await cache.popularity.top(payload.worldId, maxPopular),
    phase: 'popular',
    others: false,
  }
  await job.updateData({ ...payload, plan } satisfies WarmWorldPayload)
  return plan
}

/**
 * How far it came is noted after each step, so that the worker which takes the job over after a crash goes on from there.
 * With a budget of bytes one step at a time, since what it brought in decides on the next.
 */
async function handOutChunks(
  { job, payload, queue }: WarmRun,
  { cache, world, chunkSize, warmBudget: budget = {} }: JobDeps,
  begun: WarmPlan,
): Promise<WarmPlan> {
  const usedBytes = budget.bytes === undefined ? 0 : (await resultSoFar(job, begun)).bytes
  let plan = begun
  while (!isOver(plan)) {
    const step = await nextStep({ world, worldId: payload.worldId, chunkSize, budget, usedBytes }, plan)
    const isPopular = plan.phase === 'popular'
    const chunks = chunk(step.members, chunkSize).map(batch => ({
      worldId: payload.worldId,
      force: payload.force,
      targets: targetsOfMembers(cache.keys.kinds, batch, () => isPopular),
    }))
    await addChunks(queue, { job, chunks, plan })
    plan = {
      ...step.plan,
      chunks: plan.chunks + chunks.length,
      total: plan.total + sumBy(chunks, ({ targets }) => targets.length),
    }
    await job.updateData({ ...payload, plan } satisfies WarmWorldPayload)
    if (budget.bytes !== undefined && chunks.length > 0) return plan
  }
  return plan
}

/** As children of the world's job. Their ids are the same after a crash, so that one which is handed out twice is worked on once. */
async function addChunks(
  queue: Queue,
  { job, chunks, plan }: { job: Job; chunks: readonly WarmChunkPayload[]; plan: WarmPlan },
): Promise<void> {
  const parent = { id: String(job.id), queue: job.queueQualifiedName }
  await queue.addBulk(
    chunks.map((data, i) => ({
      name: warmChunkJob.name,
      data,
      opts: { jobId: `${job.id}-${plan.attempt}-${plan.chunks + i}`, parent, failParentOnFailure: true },
    })),
  )
}

/** Of a small world all goes at once, the most read entities among it. */
async function chunkOfSmallWorld(
  { cache }: JobDeps,
  { worldId, force }: WarmWorldPayload,
  members: readonly Member[],
): Promise<WarmChunkPayload> {
  const { kinds } = cache.keys
  const some = kinds.all.some(({ warm }) => warm === 'popular')
  const popular = new Set(some ? await cache.popularity.top(worldId, maxPopular) : [])
  return { worldId, force, targets: targetsOfMembers(kinds, members, ({ id }) => popular.has(id)) }
}

async function resultSoFar(job: Job, { header }: WarmPlan): Promise<WarmTally> {
  return sum([header, ...Object.values(await job.getChildrenValues<WarmTally>())])
}

async function finish(
  { job, payload }: WarmRun,
  { cache }: JobDeps,
  { all, phase = 'done' }: { all: WarmTally; phase?: WarmPlan['phase'] },
): Promise<WarmResult> {
  await cache.expectedEntries.note(payload.worldId, all.entries)
  await job.updateProgress({ done: all.entries, total: all.entries } satisfies WarmProgress)
  return { outcome: phase === 'over-budget' ? 'over-budget' : 'warmed', ...all }
}
