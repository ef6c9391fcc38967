import { Queue } from 'bullmq'
import { HearthError } from '../errors.ts'
import { defaultPrefix, producerConnection, type QueuePlace } from './connect.ts'
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
  const queues = [warmWorlds]

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

    async close() {
      await Promise.all(queues.map(queue => queue.close()))
    },
  }
}

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
