import { type Job, WaitingChildrenError } from 'bullmq'
import type { Filled } from '../cache/filler.ts'
import type { LeaseMode } from '../cache/leases.ts'
import { parsePayload } from '../queues/payload.ts'
import {
  type WarmChunkPayload,
  type WarmPlan,
  type WarmProgress,
  type WarmResult,
  type WarmTally,
  type WarmWorldPayload,
  warmWorldPayload,
} from '../queues/warm.ts'
import type { Member } from '../world/world.ts'
import type { JobDeps } from './deps.ts'
import { sum, tally, warmChunk, warmingAs } from './warm-chunk.ts'
import { nextStep } from './warm-plan.ts'

export interface WarmWorldDeps extends JobDeps {
  /** Adds children to a world's job; one whose id is there already is left as it is. */
  addChunks(parent: Job, chunks: { jobId: string; payload: WarmChunkPayload }[]): Promise<void>
}

/** How many of the most read entities go first. */
const popularFirst = 1_000

/**
 * Prefills a world: flags and snapshot, then its entities in chunks, the most read first, until the budget is spent.
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

/** Flags and snapshot, and all of a small world; a plan for a larger one. */
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
  const all = sum([header, await warmChunk(deps, chunkOf(payload, small))])
  await deps.cache.due.note(payload.worldId, all.entries)
  await job.updateProgress({ done: all.entries, total: all.entries } satisfies WarmProgress)
  return { outcome: 'warmed', ...all }
}

const isOver = ({ phase }: WarmPlan): boolean => phase === 'done' || phase === 'over-budget'

/** Flags and snapshot; a world without a snapshot does not exist. */
async function warmHeader({ cache, loads }: JobDeps, { worldId, force }: WarmWorldPayload) {
  const fill = (mode: LeaseMode) =>
    Promise.all([
      cache.filler.fill({
        ...warmingAs(cache, mode),
        entries: [cache.keys.flags(worldId)],
        load: loads.flags(worldId),
      }),
      cache.filler.fill({
        ...warmingAs(cache, mode),
        entries: [cache.keys.snapshot(worldId)],
        load: loads.snapshot(worldId),
      }),
    ]).then(filled => filled.flat())

  const isNull = (outcome: Filled) => 'text' in outcome && outcome.text === 'null'
  let filled = await fill(force ? 'renew' : 'read')
  // Whoever activates a world may have made it a moment ago: a null that is remembered is no answer.
  if (filled.some(outcome => outcome.state === 'alive' && isNull(outcome))) filled = await fill('renew')
  return { exists: !filled.some(isNull), header: tally(filled) }
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
  { world, chunkSize, warmBudget: budget = {}, addChunks }: WarmWorldDeps,
  job: Job,
  payload: WarmWorldPayload,
  begun: WarmPlan,
): Promise<WarmPlan> {
  const usedBytes = budget.bytes === undefined ? 0 : (await resultSoFar(job, begun)).bytes
  let plan = begun
  while (!isOver(plan)) {
    const step = await nextStep(world, payload.worldId, plan, { chunkSize, budget, usedBytes })
    const chunks = inChunks(step.members, chunkSize).map(some => chunkOf(payload, some))
    // The same ids after a crash, so that chunks which are handed out twice are worked on once.
    const jobIdOf = (i: number) => `${job.id}-${plan.attempt}-${plan.chunks + i}`
    await addChunks(
      job,
      chunks.map((payload, i) => ({ jobId: jobIdOf(i), payload })),
    )
    plan = {
      ...step.plan,
      chunks: plan.chunks + chunks.length,
      total: chunks.reduce((sum, some) => sum + some.entities.length + some.timelines.length, plan.total),
    }
    await job.updateData({ ...payload, plan } satisfies WarmWorldPayload)
    if (budget.bytes !== undefined && chunks.length > 0) return plan
  }
  return plan
}

function chunkOf({ worldId, force }: WarmWorldPayload, members: readonly Member[]) {
  return {
    worldId,
    force,
    entities: members.map(({ type, id }) => ({ type, id })),
    timelines: members.filter(({ active }) => active).map(({ id }) => id),
  } satisfies WarmChunkPayload
}

async function resultSoFar(job: Job, { header }: WarmPlan): Promise<WarmTally> {
  return sum([header, ...Object.values(await job.getChildrenValues<WarmTally>())])
}

async function finish({ cache }: WarmWorldDeps, job: Job, plan: WarmPlan): Promise<WarmResult> {
  const all = await resultSoFar(job, plan)
  await cache.due.note(job.data.worldId, all.entries)
  await job.updateProgress({ done: all.entries, total: all.entries } satisfies WarmProgress)
  return { outcome: plan.phase === 'over-budget' ? 'over-budget' : 'warmed', ...all }
}

function inChunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  )
}
