import type { Registry } from 'prom-client'
import { within } from '../resilience/within.ts'
import { metricsIn } from './define.ts'

/** One queue at this moment: its jobs by state. */
export interface QueueCounts {
  name: string
  waiting: number
  active: number
  delayed: number
  failed: number
  /** Jobs that wait for their children. */
  parents: number
  oldestWaitingMs: number | null
  /** How many workers take jobs; null where Redis does not report it. */
  workers: number | null
}

/** The server of the queues. What it does not report is undefined. */
export interface QueueServerFacts {
  usedBytes: number | undefined
  /** 0 for no limit. */
  limitBytes: number | undefined
  /** By the way in which it may lose a job. */
  inDanger: Readonly<Record<string, boolean | undefined>>
}

export interface QueueMetricsDeps {
  registry: Registry
  /** Both are called when Prometheus asks. A rejection means that there is nothing to report. */
  readQueues(): Promise<readonly QueueCounts[]>
  readServer(): Promise<QueueServerFacts>
  /** Whether this process is the one that reports the queues; the others report nothing, so that a sum is right. */
  reports(): boolean
}

const states = ['waiting', 'active', 'delayed', 'failed', 'parents'] as const

/** How full the queues and their Redis are, asked when Prometheus asks. Where that is away there is nothing to report. */
export function createQueueMetrics(deps: QueueMetricsDeps): void {
  const { registry, readQueues, readServer, reports } = deps
  const { gauge } = metricsIn(registry)
  const queues = asked(async () => (reports() ? readQueues() : []), [])
  const server = asked(async () => (reports() ? readServer() : undefined), undefined)

  gauge(
    'lw_scheduler_acts',
    'Whether this scheduler is the one that relays the outbox and reports the queues; the others stand by',
    {
      collect() {
        this.set(reports() ? 1 : 0)
      },
    },
  )
  jobMetrics(registry, queues)
  serverMetrics(registry, server)
}

function jobMetrics(registry: Registry, queues: () => Promise<readonly QueueCounts[]>): void {
  const { gauge } = metricsIn(registry)
  gauge(
    'lw_queue_oldest_waiting_seconds',
    'How long the oldest job that is ready has waited; 0 where none waits',
    {
      labelNames: ['queue'],
      async collect() {
        const now = await queues()
        this.reset()
        for (const { name, oldestWaitingMs } of now) this.set({ queue: name }, (oldestWaitingMs ?? 0) / 1_000)
      },
    },
  )
  gauge('lw_queue_jobs', 'Jobs of a queue by state; parents wait for their children', {
    labelNames: ['queue', 'state'],
    async collect() {
      const now = await queues()
      this.reset()
      for (const queue of now)
        for (const state of states) this.set({ queue: queue.name, state }, queue[state])
    },
  })
  gauge('lw_queue_workers', 'Processes that take jobs of a queue; nothing where Redis does not report it', {
    labelNames: ['queue'],
    async collect() {
      const now = await queues()
      this.reset()
      for (const { name, workers } of now) if (workers !== null) this.set({ queue: name }, workers)
    },
  })
}

function serverMetrics(registry: Registry, server: () => Promise<QueueServerFacts | undefined>): void {
  const { gauge } = metricsIn(registry)
  gauge(
    'lw_queue_redis_memory_bytes',
    "What the queues' Redis holds in memory (used), and where it takes no more (limit; 0 for no limit)",
    {
      labelNames: ['of'],
      async collect() {
        const { usedBytes, limitBytes } = (await server()) ?? {}
        this.reset()
        if (usedBytes !== undefined) this.set({ of: 'used' }, usedBytes)
        if (limitBytes !== undefined) this.set({ of: 'limit' }, limitBytes)
      },
    },
  )
  gauge(
    'lw_queue_redis_danger',
    "1 where the queues' Redis may lose jobs: it evicts, it has no file that it appends to, or cannot write to it",
    {
      labelNames: ['why'],
      async collect() {
        const { inDanger = {} } = (await server()) ?? {}
        this.reset()
        for (const [why, is] of Object.entries(inDanger)) {
          if (is !== undefined) this.set({ why }, is ? 1 : 0)
        }
      },
    },
  )
}

/** A Redis that says nothing must not cost Prometheus all the rest. Milliseconds. */
const limitMs = 2_000

/** One question for all the gauges that are read at a time; `otherwise` where it is not answered in time. */
function asked<T>(ask: () => Promise<T>, otherwise: T): () => Promise<T> {
  let asking: Promise<T> | undefined
  return () => {
    asking ??= within(limitMs, ask())
      .catch(() => otherwise)
      .finally(() => {
        asking = undefined
      })
    return asking
  }
}
