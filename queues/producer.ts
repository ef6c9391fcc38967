import { createHash } from 'node:crypto'
import { Queue } from 'bullmq'
import { HearthError } from '../errors.ts'
import { despiteFailover } from '../redis-failover.ts'
import { addressOf, noteTroubles, reasonOf } from '../redis-words.ts'
import { within } from '../within.ts'
import { type AuditRequest, auditJobs, auditPayload, auditQueue } from './audit.ts'
import { createBatcher } from './batcher.ts'
import { closeQueue, defaultPrefix, producerConnection, type QueuePlace } from './connect.ts'
import { defaultLinger, type FlushPayload, flushJobs, flushPayload, flushQueue } from './flush.ts'
import { type InvalidatePayload, invalidateQueue, targetName } from './invalidate.ts'
import { parsePayload } from './payload.ts'
import { queueInfo } from './redis-info.ts'
import { type RefreshPayload, refreshName, refreshPayload, refreshQueue } from './refresh.ts'
import { kept, type QueueSpec } from './spec.ts'
import { activeTrace, type Telemetry } from './telemetry.ts'
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
  /** Has entries renewed, each job after its delay; what waits for that already is not said again. */
  refresh(jobs: readonly { payload: RefreshPayload; delayMs?: number }[]): Promise<JobRef[]>
  /**
   * Has a world compared with the truth, after a delay. With `round` one job of its kind for a world at a time: while one
   * has not come to the end of its comparison, another call answers with that one.
   */
  audit(payload: AuditRequest, options?: { delayMs?: number; round?: boolean }): Promise<JobRef>
  /** Has the pending events of these worlds written. One job for a world at a time; it gathers for a moment first. */
  flush(worldIds: readonly string[]): Promise<void>
  /** What Redis tells of itself, as its INFO has it. */
  info(): Promise<string>
  /** Resolves where the queues' Redis takes writes: a replica, or one that is full, answers reads all the same. */
  probe(): Promise<void>
  close(): Promise<void>
}

export interface ProducerOptions extends QueuePlace {
  /** How long to wait until a job is stored. Milliseconds, default 2,000. */
  timeoutMs?: number
  onTrouble?(error: Error): void
  /** Gives jobs the trace of whoever adds them. Default: none. */
  telemetry?: Telemetry | undefined
}

export function createProducer({
  address,
  prefix = defaultPrefix,
  timeoutMs = 2_000,
  onTrouble = () => {},
  telemetry,
}: ProducerOptions): Producer {
  const open = ({ name, jobs }: QueueSpec) => {
    const queue = new Queue(name, {
      connection: producerConnection(address),
      prefix,
      defaultJobOptions: { ...kept, ...jobs },
      ...(telemetry && { telemetry }),
    })
    queue.on('error', onTrouble)
    return noteTroubles(queue)
  }
  const warmWorlds = open(warmQueue)
  const invalidations = open(invalidateQueue)
  const refreshes = open(refreshQueue)
  const flushes = open(flushQueue)
  const audits = open(auditQueue)
  const queues = [warmWorlds, invalidations, refreshes, flushes, audits]
  /** Adds to a queue, also where its server is just being left for another. */
  async function stored<T>(queue: Queue, adding: () => Promise<T>): Promise<T> {
    try {
      return await within(timeoutMs, despiteFailover(timeoutMs, adding), noAnswer(timeoutMs))
    } catch (cause) {
      const where = `${queue.name} at ${addressOf(address)}`
      throw new HearthError(
        'QueueUnavailable',
        `the queue ${where} did not take the job: ${reasonOf(cause, queue)}`,
        { cause },
      )
    }
  }
  const invalidating = createBatcher({
    keyOf: ({ payload }: Invalidation) => invalidationKey(payload),
    merge: (a, b) => ({ ...a, payload: latest(a.payload, b.payload) }),
    send: some => stored(invalidations, () => invalidations.addBulk(some.map(invalidateJob))),
    bound: { most: mostInvalidations, error: tooManyInvalidations },
  })

  return {
    queues,

    async warm(worldId, { force = false } = {}) {
      const payload: WarmWorldPayload = parsePayload(warmWorldPayload, { worldId, force }, 'warm')
      const adding = () =>
        warmWorlds.add(warmJobs.world, payload, {
          deduplication: { id: payload.worldId, keepLastIfActive: true },
        })
      const job = await stored(warmWorlds, adding)
      return { queue: warmQueue.name, id: String(job.id) }
    },

    async invalidate(payloads) {
      const trace = telemetry && activeTrace(telemetry)
      await invalidating.add(payloads.map(payload => ({ payload, trace })))
    },

    async refresh(jobs) {
      if (jobs.length === 0) return []
      const checked = jobs.map(refreshJob) // what is no target is refused by its name, before the queue is asked
      const adding = () => refreshes.addBulk(checked)
      const added = await stored(refreshes, adding)
      return added.map(job => ({ queue: refreshQueue.name, id: String(job.id) }))
    },

    async audit(request, { delayMs = 0, round = false } = {}) {
      const payload = parsePayload(auditPayload, request, 'audit')
      const { worldId, sample } = payload
      const what = sample === null ? 'all' : 'sample'
      const adding = () =>
        audits.add(auditJobs.world, payload, {
          delay: delayMs,
          priority: sample === null ? lowestPriority : lowestPriority / 2, // those who look again go first
          ...(round && { deduplication: { id: `${what} ${worldId}` } }),
        })
      const job = await stored(audits, adding)
      return { queue: auditQueue.name, id: String(job.id) }
    },

    async flush(worldIds) {
      const checked = worldIds.map(flushJob)
      await stored(flushes, () => flushes.addBulk(checked))
    },

    info: () => queueInfo(warmWorlds),
    async probe() {
      const set = async (queue: Queue) =>
        (await queue.getBackend().client).set(`${prefix}:probe`, Date.now(), { PX: probeLifeMs })
      const probing = (queue: Queue) =>
        within(
          probeMs,
          despiteFailover(probeMs, () => set(queue)),
          noAnswer(probeMs),
        ).catch(cause => {
          throw new HearthError('QueueUnavailable', reasonOf(cause, queue), { cause })
        })
      await Promise.all(queues.map(probing))
    },

    async close() {
      await invalidating.idle()
      await Promise.all(queues.map(closeQueue))
    },
  }
}

/** An invalidation, and the trace of whoever asked for it: several go out together. */
interface Invalidation {
  payload: InvalidatePayload
  trace: string | undefined
}
/** What may wait in this process for a Redis that is slow: no caller waits for these jobs, so nothing else bounds them. */
const mostInvalidations = 100_000
const tooManyInvalidations = () =>
  new HearthError(
    'QueueUnavailable',
    `${mostInvalidations} invalidations wait for the queue ${invalidateQueue.name} already: it takes them too slowly`,
  )
const lowestPriority = 10
const probeLifeMs = 60_000
/** Shorter than what asks for the probe waits, so that it hears the reason. Milliseconds. */
const probeMs = 1_000
const noAnswer = (ms: number) => () => new Error(`no answer within ${ms} ms`)

/**
 * Jobs that must invalidate and jobs that only make sure are kept apart: one that waits stands in for one that comes
 * later, and must do at least as much.
 */
const invalidationKey = ({ worldId, target, version }: InvalidatePayload) =>
  JSON.stringify([worldId, target, version === null])

/** The later version, and of recorded changes the one that has waited longest. */
function latest(a: InvalidatePayload, b: InvalidatePayload): InvalidatePayload {
  const recordedAtMs = Math.min(a.recordedAtMs ?? Infinity, b.recordedAtMs ?? Infinity)
  const later = (a.version ?? 0) > (b.version ?? 0) ? a : b
  return recordedAtMs === Infinity ? later : { ...later, recordedAtMs }
}

const invalidateJob = ({ payload, trace }: Invalidation) => ({
  name: targetName(payload.target),
  data: payload,
  opts: {
    deduplication: { id: invalidationKey(payload), keepLastIfActive: true },
    ...(trace !== undefined && { telemetry: { metadata: trace } }),
  },
})

function refreshJob({ payload, delayMs = 0 }: { payload: RefreshPayload; delayMs?: number }) {
  const data = parsePayload(refreshPayload, payload, 'refresh')
  const { worldId, timelines, entities } = data
  const target = createHash('sha1')
    .update(JSON.stringify([worldId, timelines, entities]))
    .digest('hex')
  return {
    name: refreshName(data),
    data,
    opts: { delay: delayMs, deduplication: { id: target, keepLastIfActive: true } },
  }
}

const flushJob = (worldId: string) => ({
  name: flushJobs.world,
  data: parsePayload(flushPayload, { worldId } satisfies FlushPayload, 'flush'),
  opts: { delay: defaultLinger.quietMs, deduplication: { id: worldId, keepLastIfActive: true } },
})
