import type { JobsOptions, Queue } from 'bullmq'
import { HearthError } from '../model/errors.ts'
import { parsePayload } from '../model/parse.ts'
import { despiteFailover } from '../resilience/redis-failover.ts'
import { addressOf } from '../resilience/redis-place.ts'
import { reasonOf, rememberErrors } from '../resilience/redis-words.ts'
import { within } from '../resilience/within.ts'
import { closeQueue, openQueue, prefixOf, silenceMs } from './connect.ts'
import type { JobDefinition, QueueDefinition } from './define.ts'
import { queueInfo } from './queue-server.ts'
import type { StorePlace } from './redis.ts'
import { openSharedConnection } from './shared-connection.ts'
import type { Telemetry } from './telemetry.ts'

/** A job that was accepted. */
export interface JobRef {
  queue: string
  id: string
}

/** A job to be added. `trace`: the trace that it belongs to, where that is not the active one. */
export interface NewJob<Payload> {
  payload: Payload
  delayMs?: number
  trace?: string | undefined
}

/** Adds jobs. A call resolves once the jobs are stored, and rejects with `QueueUnavailable` where they could not be. */
export interface Producer {
  readonly queues: readonly Queue[]
  /** Throws `InvalidInput` for a payload that is not the job's. */
  add<Payload>(job: JobDefinition<Payload>, payload: Payload, options?: JobsOptions): Promise<JobRef>
  /** All of them in one go. */
  addAll<Payload>(job: JobDefinition<Payload>, jobs: readonly NewJob<Payload>[]): Promise<JobRef[]>
  /** BullMQ's queue of a job. */
  queueOf(job: Pick<JobDefinition<never>, 'queue'>): Queue
  /** What Redis reports of itself, as its INFO has it. */
  info(): Promise<string>
  /** Resolves where the queues' Redis takes writes: a replica, or one that is full, answers reads all the same. */
  probe(): Promise<void>
  close(): Promise<void>
}

export interface ProducerOptions extends StorePlace {
  queues: readonly Pick<QueueDefinition<never>, 'name' | 'options'>[]
  /** How long to wait until a job is stored. Milliseconds, default 2,000. */
  timeoutMs?: number
  /** Gives jobs the trace of their producer. Default: none. */
  telemetry?: Telemetry | undefined
}

const probeLifeMs = 60_000
/** Shorter than what asks for the probe waits, so that it gets the reason. Milliseconds. */
const probeMs = 1_000
/** A job that cannot be stored now is refused now, not kept in memory. */
const patience = { commandTimeout: silenceMs, enableOfflineQueue: false }

export function createProducer({
  connection: given,
  queues: definitions,
  timeoutMs = 2_000,
  onError = () => {},
  telemetry,
  ...place
}: ProducerOptions): Producer {
  const prefix = prefixOf(place)
  const shared = given ?? openSharedConnection(place)
  const connection = rememberErrors(shared.view(patience))
  const queues = definitions.map(definition =>
    rememberErrors(openQueue(definition, { connection, prefix, telemetry }, onError)),
  )

  const queueOf: Producer['queueOf'] = job => {
    const queue = queues.find(({ name }) => name === job.queue)
    if (!queue) throw new Error(`the producer has no queue ${job.queue}`)
    return queue
  }

  function stored<T>(queue: Queue, add: () => Promise<T>): Promise<T> {
    const refused = `the queue ${queue.name} at ${addressOf(place.address)} did not take the job: `
    return answered(queue, add, { limitMs: timeoutMs, refused })
  }

  return {
    queues,
    queueOf,

    async add(job, payload, options) {
      const queue = queueOf(job)
      const { name, data, opts } = newJob(job, payload, options)
      const added = await stored(queue, () => queue.add(name, data, opts))
      return { queue: queue.name, id: String(added.id) }
    },

    async addAll(job, jobs) {
      if (jobs.length === 0) return []
      const queue = queueOf(job)
      const bulk = jobs.map(({ payload, delayMs, trace }) =>
        newJob(job, payload, {
          ...(delayMs !== undefined && { delay: delayMs }),
          ...(trace !== undefined && { telemetry: { metadata: trace } }),
        }),
      )
      const added = await stored(queue, () => queue.addBulk(bulk))
      return added.map(({ id }) => ({ queue: queue.name, id: String(id) }))
    },

    info: () => queueInfo(queues[0] as Queue),

    async probe() {
      const set = () => connection.set(`${prefix}:probe`, Date.now(), 'PX', probeLifeMs)
      await answered(connection, set, { limitMs: probeMs })
    },

    async close() {
      await Promise.all(queues.map(closeQueue))
      connection.disconnect()
      if (!given) shared.release()
    },
  }
}

/** A job as BullMQ takes it. Throws `InvalidInput` for a payload that is not the job's. */
function newJob<Payload>(job: JobDefinition<Payload>, given: Payload, options: JobsOptions = {}) {
  const payload = parsePayload(job.payload, given, job.name)
  return {
    name: job.title?.(payload) ?? job.name,
    data: payload,
    opts: { ...job.options?.(payload), ...options },
  }
}

/** What the queue's Redis answered in time; `QueueUnavailable` where it did not, or refused. */
async function answered<T>(
  connection: object,
  ask: () => Promise<T>,
  { limitMs, refused = '' }: { limitMs: number; refused?: string },
): Promise<T> {
  try {
    return await within(limitMs, despiteFailover(limitMs, ask))
  } catch (cause) {
    throw new HearthError('QueueUnavailable', `${refused}${reasonOf(cause, connection)}`, { cause })
  }
}
