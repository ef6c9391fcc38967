import { pick } from 'es-toolkit'
import type { Cache } from '../../cache/cache.ts'
import type { Producer } from '../../queues/producer.ts'
import { type WarmWorldPayload, warmWorldJob, warmWorldPayload } from './payload.ts'

/** A world that failed longer ago has been warmed by its readers, or is not played. Milliseconds. */
const worthWarmingMs = 3_600_000
/** Failed jobs that are looked at, the last ones first. */
const maxFailed = 1_000

/**
 * Takes up work that got stuck: a world that could not be warmed, as in an outage that outlasted all attempts, gets
 * another job while it is played. The failed one stays to be looked at. Answers how many worlds.
 */
export async function sweepUnwarmed(
  { cache, producer }: { cache: Pick<Cache, 'activeWorlds'>; producer: Pick<Producer, 'queueOf' | 'add'> },
  { signal }: { signal: AbortSignal },
): Promise<number> {
  let swept = 0
  for (const job of await producer.queueOf(warmWorldJob).getFailed(0, maxFailed - 1)) {
    if (signal.aborted) break
    const { data: payload } = warmWorldPayload.safeParse(job.data)
    const isRecent = Date.now() - (job.finishedOn ?? 0) < worthWarmingMs
    if (job.name !== warmWorldJob.name || !payload || payload.swept || !isRecent) continue
    if (!(await cache.activeWorlds.has(payload.worldId))) continue
    await producer.add(warmWorldJob, pick(payload, ['worldId', 'force', 'kinds']))
    await job.updateData({ ...payload, swept: true } satisfies WarmWorldPayload) // after it: rather twice than never
    swept += 1
  }
  return swept
}
