import { type Job, WaitingChildrenError } from 'bullmq'
import { chunk, partition } from 'es-toolkit'
import type { LeaseMode } from '../../cache/leases.ts'
import type { Member } from '../../model/entity.ts'
import { snapshot } from '../../model/kinds/snapshot.ts'
import { parsePayload } from '../../model/parse.ts'
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
  warmWorldPayload,
} from './payload.ts'
import { nextStep } from './plan.ts'
import { targetsOfMembers, targetsOfWorld } from './targets.ts'

export interface WarmWorldDeps extends JobDeps {
  /** Adds children to a world's job; one whose id is there already is left as it is. */
  addChunks(parent: Job, chunks: { jobId: string; payload: WarmChunkPayload }[]): Promise<void>
}

/** How many of the most read entities go first. */
const popularFirst = 1_000

/**
 * Prefills a world: first what is kept per world, then its entities in chunks, the most read first, until the budget is spent.
 * A world of one chunk is filled here; of a larger one the chunks become child jobs, so that the whole pool works on
 * it, and this job comes back when all are done.
 */
export async function warmWorld(deps: WarmWorldDeps, job: Job, token: string): Promise<WarmResult> {
  const payload = parsePayload(warmWorldPayload, job.data, 'warm job')
  const begun = payload.plan?.attempt === job.attemptsMade ? payload.plan : undefined
  if (begun && isOver(begun)) return finish(deps, job, begun)

  const plan = begun ?? (await begin(deps, job, payload))
  if (!('phase' in plan)) return plan
  const handedOut = await handOutChunks(deps, job, payload, plan)
  if (await job.moveToWaitingChildren(token)) throw new WaitingChildrenError()
  return isOver(handedOut) ? finish(deps, job, handedOut) : warmWorld(deps, job, token)
}

/** What is kept per world, and all of a small one; a plan for a larger one. */
async function begin(
  deps: WarmWorldDeps,
  job: Job,
  payload: WarmWorldPayload,
): Promise<WarmResult | WarmPlan> {
  await deps.cache.activeWorlds.touch(payload.worldId)
  const { exists, header } = await warmHeader(deps, payload)
  if (!exists) {
    await deps.cache.activeWorlds.forget(payload.worldId)
    return { outcome: 'not-found', ...header }
  }
  const small = await membersOfSmallWorld(deps, payload)
  if (!small) return firstPlan(deps, job, payload, header)
  const filled = await warmChunk(deps, await chunkOfSmallWorld(deps, payload, small))
  const all = sum([header, filled])
  await deps.cache.expectedEntries.note(payload.worldId, all.entries)
  await job.updateProgress({ done: all.entries, total: all.entries } satisfies WarmProgress)
  return { outcome: 'warmed', ...all }
}

const isOver = ({ phase }: WarmPlan): boolean => phase === 'done' || phase === 'over-budget'

/** What is kept per world; one without a snapshot does not exist. */
async function warmHeader(deps: JobDeps, { worldId, force }: WarmWorldPayload) {
  const { cache } = deps
  const targets = targetsOfWorld(cache.keys.kinds)
  const fill = (mode: LeaseMode) => fillByKind(deps, worldId, targets, warmingAs(cache, mode))
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
  const most = Math.min(chunkSize, warmBudget.entities ?? chunkSize)
  const members = await world.members(worldId, { limit: most + 1 })
  return members.length <= most ? members : undefined
}

async function firstPlan({ cache }: JobDeps, job: Job, payload: WarmWorldPayload, header: WarmTally) {
  const plan: WarmPlan = {
    attempt: job.attemptsMade,
    chunks: 0,
    entities: 0,
    total: header.entries,
    header,
    popular: await cache.popularity.top(payload.worldId, popularFirst),
    phase: 'popular',
    others: false,
  }
  await job.updateData({ ...payload, plan } satisfies WarmWorldPayload)
  return plan
}

/**
 * How far it came is noted after each step, so that whoever takes the job over after a crash goes on from there. With
 * a budget of bytes one step at a time, since what it brought in decides on the next.
 */
async function handOutChunks(
  { cache, world, chunkSize, warmBudget: budget = {}, addChunks }: WarmWorldDeps,
  job: Job,
  payload: WarmWorldPayload,
  begun: WarmPlan,
): Promise<WarmPlan> {
  const usedBytes = budget.bytes === undefined ? 0 : (await resultSoFar(job, begun)).bytes
  let plan = begun
  while (!isOver(plan)) {
    const step = await nextStep(world, payload.worldId, plan, { chunkSize, budget, usedBytes })
    const isPopular = plan.phase === 'popular'
    const chunks = chunk(step.members, chunkSize).map(some => ({
      worldId: payload.worldId,
      force: payload.force,
      targets: targetsOfMembers(cache.keys.kinds, some, isPopular),
    }))
    // The same ids after a crash, so that chunks which are handed out twice are worked on once.
    const jobIdOf = (i: number) => `${job.id}-${plan.attempt}-${plan.chunks + i}`
    await addChunks(
      job,
      chunks.map((payload, i) => ({ jobId: jobIdOf(i), payload })),
    )
    plan = {
      ...step.plan,
      chunks: plan.chunks + chunks.length,
      total: chunks.reduce((sum, { targets }) => sum + targets.length, plan.total),
    }
    await job.updateData({ ...payload, plan } satisfies WarmWorldPayload)
    if (budget.bytes !== undefined && chunks.length > 0) return plan
  }
  return plan
}

/** Of a small world all goes at once, the most read entities among it. */
async function chunkOfSmallWorld(
  { cache }: JobDeps,
  { worldId, force }: WarmWorldPayload,
  members: readonly Member[],
): Promise<WarmChunkPayload> {
  const { kinds } = cache.keys
  const some = kinds.all.some(({ warm }) => warm === 'popular')
  const popular = new Set(some ? await cache.popularity.top(worldId, popularFirst) : [])
  const [most, others] = partition(members, ({ id }) => popular.has(id))
  const targets = [...targetsOfMembers(kinds, most, true), ...targetsOfMembers(kinds, others, false)]
  return { worldId, force, targets }
}

async function resultSoFar(job: Job, { header }: WarmPlan): Promise<WarmTally> {
  return sum([header, ...Object.values(await job.getChildrenValues<WarmTally>())])
}

async function finish({ cache }: WarmWorldDeps, job: Job, plan: WarmPlan): Promise<WarmResult> {
  const all = await resultSoFar(job, plan)
  await cache.expectedEntries.note(job.data.worldId, all.entries)
  await job.updateProgress({ done: all.entries, total: all.entries } satisfies WarmProgress)
  return { outcome: plan.phase === 'over-budget' ? 'over-budget' : 'warmed', ...all }
}
