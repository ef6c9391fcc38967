import { type Job, WaitingChildrenError } from 'bullmq'
import { parsePayload } from '../queues/payload.ts'
import {
  type WarmChunkPayload,
  type WarmProgress,
  type WarmResult,
  type WarmWorldPayload,
  warmWorldPayload,
} from '../queues/warm.ts'
import type { Member } from '../world/world.ts'
import type { JobDeps } from './deps.ts'
import { sum, type Tally, tally, warmChunk, warmingAs } from './warm-chunk.ts'

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
  if (begun?.complete) return finish(job)

  await deps.cache.activeWorlds.touch(payload.worldId)
  const { exists, header } = await warmHeader(deps, payload)
  if (!exists) return { outcome: 'not-found', ...header }

  const small = begun ? undefined : await membersOfSmallWorld(deps, payload)
  if (small) {
    const all = sum([header, await warmChunk(deps, chunkOf(payload, small))])
    await job.updateProgress({ done: all.entries, total: all.entries } satisfies WarmProgress)
    return { outcome: 'warmed', ...all }
  }

  await handOutChunks(deps, job, payload, begun)
  if (await job.moveToWaitingChildren(token)) throw new WaitingChildrenError()
  return finish(job)
}

/** Flags and snapshot; a world without a snapshot does not exist. */
async function warmHeader({ cache, loads }: JobDeps, { worldId, force }: WarmWorldPayload) {
  const how = warmingAs(cache, force)
  const filled = await Promise.all([
    cache.filler.fill({
      ...how,
      entries: [cache.keys.flags(worldId)],
      load: loads.flags(worldId),
    }),
    cache.filler.fill({
      ...how,
      entries: [cache.keys.snapshot(worldId)],
      load: loads.snapshot(worldId),
    }),
  ])
  const snapshot = await cache.reader.read(cache.keys.snapshot(worldId), loads.snapshot(worldId))
  return { exists: snapshot !== null, header: tally(filled.flat()) }
}

async function membersOfSmallWorld({ world, chunkSize }: JobDeps, { worldId }: WarmWorldPayload) {
  const members = await world.members(worldId, { limit: chunkSize + 1 })
  return members.length <= chunkSize ? members : undefined
}

/** Whoever takes the job over after a crash goes on after the last page handed out. */
async function handOutChunks(
  { cache, world, chunkSize, addChunks }: WarmWorldDeps,
  job: Job,
  payload: WarmWorldPayload,
  begun: Plan | undefined,
): Promise<void> {
  const { worldId, force } = payload
  let plan = begun
  const handOut = async (chunks: WarmChunkPayload[], next: Omit<Plan, 'chunks' | 'total'>) => {
    const { chunks: before, total } = plan ?? { chunks: 0, total: 2 } // flags and snapshot are done
    // The ids are the same after a crash, so a page that is handed out twice is worked on once.
    await addChunks(
      job,
      chunks.map((chunk, i) => ({ jobId: `${job.id}-${next.attempt}-${before + i}`, payload: chunk })),
    )
    plan = { ...next, chunks: before + chunks.length, total: total + entriesIn(chunks) }
    await job.updateData({ ...payload, plan } satisfies WarmWorldPayload)
  }

  if (!plan) {
    const popular = await cache.popularity.top(worldId, chunkSize)
    const first = popular.length > 0 ? [{ worldId, force, entities: [], timelines: popular }] : []
    await handOut(first, { attempt: job.attemptsMade, popular, complete: false })
  }
  for (;;) {
    const { attempt, popular, after } = plan as Plan
    const members = await world.members(worldId, {
      limit: chunkSize * chunksPerPage,
      ...(after && { after }),
    })
    const last = members.at(-1)
    if (!last) break
    const went = new Set(popular)
    const chunks = inChunks(members, chunkSize).map(some => chunkOf(payload, some, went))
    await handOut(chunks, { attempt, popular, after: { type: last.type, id: last.id }, complete: false })
  }
  await handOut([], { ...(plan as Plan), complete: true })
}

function chunkOf({ worldId, force }: WarmWorldPayload, members: readonly Member[], went = new Set<string>()) {
  return {
    worldId,
    force,
    entities: members.map(({ type, id }) => ({ type, id })),
    timelines: members.filter(({ id, active }) => active && !went.has(id)).map(({ id }) => id),
  } satisfies WarmChunkPayload
}

async function finish(job: Job): Promise<WarmResult> {
  const children = Object.values(await job.getChildrenValues<Tally>())
  const header: Tally = { entries: 2, filled: 0, alive: 0, superseded: 0, held: 0 }
  const all = sum([header, ...children])
  await job.updateProgress({ done: all.entries, total: all.entries } satisfies WarmProgress)
  return { outcome: 'warmed', ...all }
}

const entriesIn = (chunks: readonly WarmChunkPayload[]) =>
  chunks.reduce((count, { entities, timelines }) => count + entities.length + timelines.length, 0)

function inChunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  )
}
