import type { Queue } from 'bullmq'
import { Gauge, type Registry } from 'prom-client'
import { type Lane, readLanes } from '../queues/lanes.ts'
import { dangers, type QueueServer, readQueueServer } from '../queues/queue-server.ts'
import { within } from '../within.ts'

export interface QueueMetricsDeps {
  registry: Registry
  queues: readonly Queue[]
  /** Whether this process is the one that tells of the queues; the others say nothing, so that a sum is right. */
  tells(): boolean
}

const states = ['waiting', 'active', 'delayed', 'failed', 'parents'] as const

/** How full the queues and their Redis are, asked when Prometheus asks. Where that is away there is nothing to tell. */
export function createQueueMetrics({ registry, queues, tells }: QueueMetricsDeps): void {
  const lanes = asked(async () => (tells() ? readLanes(queues) : []), [])
  const server = asked(async () => (queues[0] && tells() ? readQueueServer(queues[0]) : undefined), undefined)

  new Gauge({
    name: 'lw_scheduler_acts',
    help: 'Whether this scheduler is the one that relays the outbox and tells of the queues; the others stand by',
    registers: [registry],
    collect() {
      this.set(tells() ? 1 : 0)
    },
  })
  laneMetrics(registry, lanes)
  serverMetrics(registry, server)
}

function laneMetrics(registry: Registry, lanes: () => Promise<Lane[]>): void {
  const registers = [registry]
  new Gauge({
    name: 'lw_queue_oldest_waiting_seconds',
    help: 'How long the oldest job that is ready has waited; 0 where none waits',
    labelNames: ['queue'],
    registers,
    async collect() {
      const now = await lanes()
      this.reset()
      for (const { name, oldestWaitingMs } of now) this.set({ queue: name }, (oldestWaitingMs ?? 0) / 1_000)
    },
  })
  new Gauge({
    name: 'lw_queue_jobs',
    help: 'Jobs of a queue by state; parents wait for their children',
    labelNames: ['queue', 'state'],
    registers,
    async collect() {
      const now = await lanes()
      this.reset()
      for (const lane of now) for (const state of states) this.set({ queue: lane.name, state }, lane[state])
    },
  })
  new Gauge({
    name: 'lw_queue_workers',
    help: 'Processes that take jobs of a queue; nothing where Redis does not tell',
    labelNames: ['queue'],
    registers,
    async collect() {
      const now = await lanes()
      this.reset()
      for (const { name, workers } of now) if (workers !== null) this.set({ queue: name }, workers)
    },
  })
}

function serverMetrics(registry: Registry, server: () => Promise<QueueServer | undefined>): void {
  const registers = [registry]
  new Gauge({
    name: 'lw_queue_redis_memory_bytes',
    help: "What the queues' Redis holds in memory (used), and where it takes no more (limit; 0 for no limit)",
    labelNames: ['of'],
    registers,
    async collect() {
      const { usedBytes, limitBytes } = (await server()) ?? {}
      this.reset()
      if (usedBytes !== undefined) this.set({ of: 'used' }, usedBytes)
      if (limitBytes !== undefined) this.set({ of: 'limit' }, limitBytes)
    },
  })
  new Gauge({
    name: 'lw_queue_redis_danger',
    help: "1 where the queues' Redis may lose jobs: it evicts, it has no file that it appends to, or cannot write to it",
    labelNames: ['why'],
    registers,
    async collect() {
      const now = await server()
      this.reset()
      for (const why of dangers) {
        const is = now?.inDanger[why]
        if (is !== undefined) this.set({ why }, is ? 1 : 0)
      }
    },
  })
}

/** A Redis that says nothing must not cost Prometheus all the rest. Milliseconds. */
const limitMs = 2_000

/** One question for all the gauges that are read at a time; `otherwise` where it is not answered in time. */
function asked<T>(ask: () => Promise<T>, otherwise: T): () => Promise<T> {
  let asking: Promise<T> | undefined
  return () => {
    asking ??= within(limitMs, ask(), () => new Error(`no answer within ${limitMs} ms`))
      .catch(() => otherwise)
      .finally(() => {
        asking = undefined
      })
    return asking
  }
}
