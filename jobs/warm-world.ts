import { type Job, WaitingChildrenError } from 'bullmq'
import type { Filled } from '../cache/filler.ts'
import type { LeaseMode } from '../cache/leases.ts'
import { parsePayload } from '../queues/payload.ts'
import {
  type WarmChunkPayload,
  type WarmProgress,
  type WarmResult,
  type WarmTally,
  type WarmWorldPayload,
  warmWorldPayload,
} from '../queues/warm.ts'
import type { Member } from '../world/world.ts'
import type { JobDeps } from './deps.ts'
import { sum, tally, warmChunk, warmingAs } from './warm-chunk.ts'

export interface WarmWorldDeps extends JobDeps {
  /** Adds children to a world's job; one whose id is there already is left as it is. */
  addChunks(parent: Job, chunks: { jobId: string; payload: WarmChunkPayload }[]): Promise<void>
}

type Plan = NonNullable<WarmWorldPayload['plan']>

/** Members are held in memory this many chunks at a time, however large the world is. */
const chunksPerPage = 10

/**
 * Prefills a world: flags and snapshot, then its entities in chunks, the most read timelines first. A world of one
 * chunk is filled here; of a larger one the chunks become child jobs, so that the whole pool works on it, and this job
 * comes back when all are done.
 */
export async function warmWorld(deps: WarmWorldDeps, job: Job, token: string): Promise<WarmResult> {
  const payload = parsePayload(warmWorldPayload, job.data, 'warm job')
  const begun = payload.plan?.attempt === job.attemptsMade ? payload.plan : undefined
  if (begun?.complete) return finish(job, begun)

  await deps.cache.activeWorlds.touch(payload.worldId)
  const { exists, header } = await warmHeader(deps, payload)
  if (!exists) return { outcome: 'not-found', ...header }

  const small = begun ? undefined : await membersOfSmallWorld(deps, payload)
  if (small) {
    const all = sum([header, await warmChunk(deps, chunkOf(payload, small))])
    await job.updateProgress({ done: all.entries, total: all.entries } satisfies WarmProgress)
    return { outcome: 'warmed', ...all }
  }

  const plan = await handOutChunks(deps, job, payload, begun ?? (await firstPlan(deps, job, payload, header)))
  if (await job.moveToWaitingChildren(token)) throw new WaitingChildrenError()
  return finish(job, plan)
}

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

async function membersOfSmallWorld({ world, chunkSize }: JobDeps, { worldId }: WarmWorldPayload) {
  const members = await world.members(worldId, { limit: chunkSize + 1 })
  return members.length <= chunkSize ? members : undefined
}

async function firstPlan(
  { cache, chunkSize }: JobDeps,
  job: Job,
  payload: WarmWorldPayload,
  header: WarmTally,
) {
  const popular = await cache.popularity.top(payload.worldId, chunkSize)
  const plan: Plan = {
    attempt: job.attemptsMade,
    chunks: 0,
    total: header.entries,
    header,
    popular,
    complete: false,
  }
  await job.updateData({ ...payload, plan } satisfies WarmWorldPayload)
  return plan
}

/**
 * First a chunk of the most read timelines, then the members page by page. How far it came is noted after each step,
 * so that whoever takes the job over after a crash goes on from there.
 */
async function handOutChunks(
  { world, chunkSize, addChunks }: WarmWorldDeps,
  job: Job,
  payload: WarmWorldPayload,
  begun: Plan,
): Promise<Plan> {
  const { worldId, force } = payload
  const went = new Set(begun.popular)
  let plan = begun

  async function handOut(chunks: readonly WarmChunkPayload[], progress: Partial<Plan>) {
    // The same ids after a crash, so that chunks which are handed out twice are worked on once.
    const jobIdOf = (i: number) => `${job.id}-${plan.attempt}-${plan.chunks + i}`
    await addChunks(
      job,
      chunks.map((payload, i) => ({ jobId: jobIdOf(i), payload })),
    )
    const entries = chunks.reduce(
      (sum, { entities, timelines }) => sum + entities.length + timelines.length,
      0,
    )
    plan = { ...plan, ...progress, chunks: plan.chunks + chunks.length, total: plan.total + entries }
    await job.updateData({ ...payload, plan } satisfies WarmWorldPayload)
  }

  if (plan.chunks === 0 && went.size > 0) {
    await handOut([{ worldId, force, entities: [], timelines: plan.popular }], {})
  }
  while (!plan.complete) {
    const limit = chunkSize * chunksPerPage
    const members = await world.members(worldId, { limit, ...(plan.after && { after: plan.after }) })
    const last = members.at(-1)
    await handOut(
      inChunks(members, chunkSize).map(some => chunkOf(payload, some, went)),
      last ? { after: { type: last.type, id: last.id } } : { complete: true },
    )
  }
  return plan
}

function chunkOf({ worldId, force }: WarmWorldPayload, members: readonly Member[], went = new Set<string>()) {
  return {
    worldId,
    force,
    entities: members.map(({ type, id }) => ({ type, id })),
    timelines: members.filter(({ id, active }) => active && !went.has(id)).map(({ id }) => id),
  } satisfies WarmChunkPayload
}

async function finish(job: Job, { header }: Plan): Promise<WarmResult> {
  const chunks = Object.values(await job.getChildrenValues<WarmTally>())
  const all = sum([header, ...chunks])
  await job.updateProgress({ done: all.entries, total: all.entries } satisfies WarmProgress)
  return { outcome: 'warmed', ...all }
}

function inChunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  )
}
