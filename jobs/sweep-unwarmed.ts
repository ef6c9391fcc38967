import type { Cache } from '../cache/cache.ts'
import type { Producer } from '../queues/producer.ts'
import { type WarmWorldPayload, warmJobs, warmQueue, warmWorldPayload } from '../queues/warm.ts'

export interface SweepDeps {
  cache: Pick<Cache, 'activeWorlds'>
  producer: Pick<Producer, 'queues' | 'warm'>
}

/** A world that failed longer ago has been warmed by its readers, or nobody plays it. Milliseconds. */
const worthWarmingMs = 3_600_000
/** Failed jobs that are looked at, the last ones first. */
const mostFailed = 1_000

/**
 * Takes up work that got stuck: a world that could not be warmed, as in an outage that outlasted all attempts, gets
 * another job while it is played. The failed one stays for somebody to look at. Answers how many worlds.
 */
export async function sweepUnwarmed(
  { cache, producer }: SweepDeps,
  { signal }: { signal: AbortSignal },
): Promise<number> {
  const queue = producer.queues.find(({ name }) => name === warmQueue.name)
  let swept = 0
  for (const job of (await queue?.getFailed(0, mostFailed - 1)) ?? []) {
    if (signal.aborted) break
    const { data: payload } = warmWorldPayload.safeParse(job.data)
    const isRecent = Date.now() - (job.finishedOn ?? 0) < worthWarmingMs
    if (job.name !== warmJobs.world || !payload || payload.swept || !isRecent) continue
    if (!(await cache.activeWorlds.has(payload.worldId))) continue
    await producer.warm(payload.worldId, { force: payload.force })
    await job.updateData({ ...payload, swept: true } satisfies WarmWorldPayload) // after it: rather twice than never
    swept += 1
  }
  return swept
}
