import { randomUUID } from 'node:crypto'
import { Queue, Worker } from 'bullmq'
import { createEnsureInvalidated } from '../../jobs/invalidate/ensure.ts'
import { type InvalidatePayload, invalidateJob } from '../../jobs/invalidate/payload.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { queues } from '../../jobs/queues.ts'
import { kept, type QueueDefinition } from '../../queues/define.ts'
import { createProducer } from '../../queues/producer.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'
import type { Bench } from '../bench.ts'
import { nameOf } from '../kinds.ts'
import { interleaved, ratios } from '../rounds.ts'

const invalidations = queues.find(({ name }) => name === invalidateJob.queue) as QueueDefinition<never>
const jobs = 10_000
const concurrency = 50
const bulk = 1_000

/** Jobs a second, from the first added to the last done, against plain BullMQ with a worker that does nothing. */
export async function measureJobs(
  bench: Bench,
  { cache: cacheUrl, queue: address }: { cache: string; queue: string },
) {
  const { report, closing, say, sizes } = bench
  const { rounds = 5 } = sizes
  say(`${jobs} invalidate jobs, against as many that do nothing`)
  const hearth = openedHearth({ cache: cacheUrl, queue: address, world: embeddedWorld() })
  await closing.opened('hearth', () => hearth.close())
  const deps = hearth.jobDeps()

  async function hearthJobs() {
    const place = { address, prefix: randomUUID() }
    const producer = createProducer({ ...place, timeoutMs: 60_000, queues })
    const { ensureInvalidated } = createEnsureInvalidated({ producer, nameOf, telemetry: undefined })
    const done = countdown(jobs)
    const pool = await startPool({
      ...place,
      deps,
      concurrency: { invalidate: concurrency },
      onFinished: done.one,
    })
    const started = performance.now()
    await ensureInvalidated(Array.from({ length: jobs }, (_, i) => changeOf(i)))
    await done.all
    const seconds = (performance.now() - started) / 1_000
    await pool.close(1_000)
    await producer.close()
    return jobs / seconds
  }

  /** With `asOurs` each job has what an invalidate job has, and the worker counts them: what BullMQ itself does for ours. */
  async function rawJobs({ asOurs = false } = {}) {
    const prefix = randomUUID()
    const connection = { url: address, maxRetriesPerRequest: null }
    const queue = new Queue('raw', {
      connection,
      prefix,
      defaultJobOptions: asOurs
        ? { ...kept, ...invalidations.options }
        : { removeOnComplete: { count: 1_000 } },
    })
    const done = countdown(jobs)
    const counting = asOurs && { metrics: { maxDataPoints: 60 } }
    const worker = new Worker('raw', async () => {}, { connection, prefix, concurrency, ...counting })
    worker.on('completed', done.one)
    const started = performance.now()
    for (let from = 0; from < jobs; from += bulk) {
      await queue.addBulk(
        Array.from({ length: bulk }, (_, i) => ({
          name: 'change',
          data: { worldId: 'w', id: `c${from + i}` },
          ...(asOurs && { opts: invalidateJob.options?.(changeOf(from + i)) ?? {} }),
        })),
      )
    }
    await done.all
    const seconds = (performance.now() - started) / 1_000
    await worker.close()
    await queue.close()
    return jobs / seconds
  }

  const found = await interleaved({
    rounds,
    contenders: { hearth: hearthJobs, raw: () => rawJobs(), asOurs: () => rawJobs({ asOurs: true }) },
  })
  report.setting({ jobs, concurrency, rounds })
  report.measured({ what: 'invalidate jobs', unit: 'jobs/s', rounds: found.hearth })
  report.measured({ what: 'BullMQ, no-op', unit: 'jobs/s', rounds: found.raw })
  report.measured({
    what: 'BullMQ, no-op, with the options of these jobs',
    unit: 'jobs/s',
    rounds: found.asOurs,
  })
  report.target({ figure: 'jobs/bullmq', rounds: ratios(found.hearth, found.raw), goal: '>= 0.75' })
}

const changeOf = (i: number): InvalidatePayload => ({
  worldId: 'bench-jobs',
  target: { kind: 'timeline', id: `c${i}` },
  version: null,
})

function countdown(count: number): { one(): void; all: Promise<void> } {
  let left = count
  let finish = () => {}
  const all = new Promise<void>(resolve => {
    finish = resolve
  })
  return {
    one() {
      if (--left === 0) finish()
    },
    all,
  }
}
