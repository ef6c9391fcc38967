import { Queue } from 'bullmq'
import { HearthError } from '../errors.ts'
import { createBatcher } from './batcher.ts'
import { closeQueue, defaultPrefix, producerConnection, type QueuePlace } from './connect.ts'
import { type InvalidatePayload, invalidateQueue, targetName } from './invalidate.ts'
import { parsePayload } from './payload.ts'
import { kept, type QueueSpec } from './spec.ts'
import { type WarmWorldPayload, warmJobs, warmQueue, warmWorldPayload } from './warm.ts'

/** A job that was accepted. */
export interface JobRef {
  queue: string
  id: string
}

/** Adds jobs. A call resolves once the job is stored, and rejects with `QueueUnavailable` where it could not be. */
export interface Producer {
  readonly queues: readonly Queue[]
  /** One job for a world at a time: while one waits, another call answers with that one. */
  warm(worldId: string, options?: { force?: boolean }): Promise<JobRef>
  /**
   * Makes sure of invalidations, one job for a target at a time. Resolves when all are stored. Calls that come while
   * others are being stored go out together, and the same target once.
   */
  invalidate(payloads: readonly InvalidatePayload[]): Promise<void>
  close(): Promise<void>
}

export interface ProducerOptions extends QueuePlace {
  /** How long to wait until a job is stored. Milliseconds, default 2,000. */
  timeoutMs?: number
  onTrouble?(error: Error): void
}

export function createProducer({
  address,
  prefix = defaultPrefix,
  timeoutMs = 2_000,
  onTrouble = () => {},
}: ProducerOptions): Producer {
  const open = ({ name, jobs }: QueueSpec) => {
    const queue = new Queue(name, {
      connection: producerConnection(address),
      prefix,
      defaultJobOptions: { ...kept, ...jobs },
    })
    queue.on('error', onTrouble)
    return queue
  }
  const warmWorlds = open(warmQueue)
  const invalidations = open(invalidateQueue)
  const queues = [warmWorlds, invalidations]
  const invalidating = createBatcher({
    keyOf: invalidationKey,
    merge: latest,
    send: payloads =>
      stored(invalidations.addBulk(payloads.map(invalidateJob)), invalidateQueue.name, timeoutMs),
  })

  return {
    queues,

    async warm(worldId, { force = false } = {}) {
      const payload: WarmWorldPayload = parsePayload(warmWorldPayload, { worldId, force }, 'warm')
      const adding = warmWorlds.add(warmJobs.world, payload, {
        deduplication: { id: payload.worldId, keepLastIfActive: true },
      })
      const job = await stored(adding, warmQueue.name, timeoutMs)
      return { queue: warmQueue.name, id: String(job.id) }
    },

    async invalidate(payloads) {
      await invalidating.add(payloads)
    },

    async close() {
      await invalidating.idle()
      await Promise.all(queues.map(closeQueue))
    },
  }
}

/**
 * Jobs that must invalidate and jobs that only make sure are kept apart: one that waits stands in for one that comes
 * later, and must do at least as much.
 */
const invalidationKey = ({ worldId, target, version }: InvalidatePayload) =>
  JSON.stringify([worldId, target, version === null])

const latest = (a: InvalidatePayload, b: InvalidatePayload) => ((a.version ?? 0) > (b.version ?? 0) ? a : b)

const invalidateJob = (payload: InvalidatePayload) => ({
  name: targetName(payload.target),
  data: payload,
  opts: { deduplication: { id: invalidationKey(payload), keepLastIfActive: true } },
})

async function stored<T>(adding: Promise<T>, queue: string, timeoutMs: number): Promise<T> {
  const late = AbortSignal.timeout(timeoutMs)
  const timedOut = new Promise<never>((_, reject) => {
    late.addEventListener('abort', () => reject(new Error(`no answer within ${timeoutMs} ms`)))
  })
  try {
    return await Promise.race([adding, timedOut])
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new HearthError('QueueUnavailable', `the queue ${queue} did not take the job: ${reason}`, { cause })
  }
}
