import { type Job, type Queue, WaitingChildrenError } from 'bullmq'
import { chunk, sumBy } from 'es-toolkit'
import type { Member } from '../../model/world-data.ts'
import type { JobRun } from '../../queues/define.ts'
import type { JobDeps } from '../deps.ts'
import { sum, warmChunk } from './chunk.ts'
import {
  type WarmChunkPayload,
  type WarmPlan,
  type WarmResult,
  type WarmTally,
  type WarmWorldPayload,
  warmChunkJob,
} from './payload.ts'
import { nextStep } from './plan.ts'
import { kindsNamed, targetsOfMembers } from './targets.ts'
import { maxUrgent, msSinceAccepted, reportReady, urgently, warmHeader, warmMostRead } from './urgent.ts'

/** How many of the most read entities go first. */
const maxPopular = 1_000

type WarmRun = JobRun<WarmWorldPayload>

/**
 * Prefills a world: first what is urgent (what is kept per world, and the entities that are read most), at once and
 * before all other loads of jobs; then the other entities in the background, the most read first, until the budget is
 * spent. A world of one chunk is filled here; of a larger one the chunks become child jobs, so that the whole pool works
 * on it, and this job comes back when all are done.
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

/** What is urgent, and all of a small world; a plan for a larger one. */
async function begin(run: WarmRun, deps: JobDeps): Promise<WarmResult | WarmPlan> {
  const { job, payload } = run
  await deps.cache.activeWorlds.touch(payload.worldId)
  const { exists, header } = await warmHeader(deps, payload)
  if (!exists) {
    await deps.cache.activeWorlds.forget(payload.worldId)
    return { outcome: 'not-found', ...header }
  }
  const small = await membersOfSmallWorld(deps, payload)
  const urgent = maxUrgent(deps)
  if (small && small.length <= urgent) {
    const filled = await warmChunk(urgently(deps), await chunkOfSmallWorld(deps, payload, small))
    return finish(run, deps, { all: sum([header, filled]) })
  }
  const popular = await deps.cache.popularity.top(payload.worldId, maxPopular)
  const first = await warmMostRead(deps, payload, popular.slice(0, urgent))
  const all = sum([header, first.filled])
  const others = small ? small.length - first.entities : deps.chunkSize
  await reportReady(job, deps, { done: all.entries, total: all.entries + others })
  if (!small) return firstPlan(run, { header: all, entities: first.entities, popular, urgent })
  const done = new Set(popular.slice(0, urgent))
  const rest = small.filter(({ id }) => !done.has(id))
  const filled = await warmChunk(deps, await chunkOfSmallWorld(deps, payload, rest))
  return finish(run, deps, { all: sum([all, filled]) })
}

const isOver = ({ phase }: WarmPlan): boolean => phase === 'done' || phase === 'over-budget'

/** Without a budget of bytes, which is looked at between chunks. */
async function membersOfSmallWorld(deps: JobDeps, { worldId }: WarmWorldPayload) {
  const { world, chunkSize, warmBudget = {} } = urgently(deps)
  if (warmBudget.bytes !== undefined) return undefined
  const max = Math.min(chunkSize, warmBudget.entities ?? chunkSize)
  const members = await world.members(worldId, { limit: max + 1 })
  return members.length <= max ? members : undefined
}

async function firstPlan(
  { job, payload }: WarmRun,
  { header, ...begun }: Pick<WarmPlan, 'header' | 'entities' | 'popular' | 'urgent'>,
) {
  const plan: WarmPlan = {
    ...begun,
    header,
    attempt: job.attemptsMade,
    chunks: 0,
    total: header.entries,
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
  const kinds = kindsNamed(cache.keys.kinds, payload.kinds)
  let plan = begun
  while (!isOver(plan)) {
    const step = await nextStep({ world, worldId: payload.worldId, chunkSize, budget, usedBytes }, plan)
    const isPopular = plan.phase === 'popular'
    const chunks = chunk(step.members, chunkSize).map(batch => ({
      worldId: payload.worldId,
      force: payload.force,
      targets: targetsOfMembers(kinds, batch, () => isPopular),
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
  const background = { priority: 1 } // behind the jobs of worlds, which have none: what is urgent waits for no chunk
  await queue.addBulk(
    chunks.map((data, i) => ({
      name: warmChunkJob.name,
      data,
      opts: {
        ...background,
        jobId: `${job.id}-${plan.attempt}-${plan.chunks + i}`,
        parent,
        failParentOnFailure: true,
      },
    })),
  )
}

async function chunkOfSmallWorld(
  { cache }: JobDeps,
  { worldId, force, kinds: names }: WarmWorldPayload,
  members: readonly Member[],
): Promise<WarmChunkPayload> {
  const kinds = kindsNamed(cache.keys.kinds, names)
  const some = kinds.all.some(({ warm }) => warm === 'popular')
  const popular = new Set(some ? await cache.popularity.top(worldId, maxPopular) : [])
  return { worldId, force, targets: targetsOfMembers(kinds, members, ({ id }) => popular.has(id)) }
}

async function resultSoFar(job: Job, { header }: WarmPlan): Promise<WarmTally> {
  return sum([header, ...Object.values(await job.getChildrenValues<WarmTally>())])
}

async function finish(
  { job, payload }: WarmRun,
  deps: JobDeps,
  { all, phase = 'done' }: { all: WarmTally; phase?: WarmPlan['phase'] },
): Promise<WarmResult> {
  const { worldId, kinds } = payload
  if (!kinds) await deps.cache.expectedEntries.note(worldId, all.entries)
  const { readyMs } = await reportReady(job, deps, { done: all.entries, total: all.entries })
  const warmMs = msSinceAccepted(job)
  if (!kinds) deps.onWarming?.('warm', warmMs / 1_000)
  const outcome = phase === 'over-budget' ? 'over-budget' : 'warmed'
  return { outcome, ...all, readyMs, warmMs, ...(kinds && { kinds }) }
}
