import { Worker } from 'bullmq'
import { onTestFinished } from 'vitest'
import type { OpenedHearth } from '../../tools/opened-hearth.ts'
import { queueOf } from './setup.ts'

interface Pages {
  hearth: OpenedHearth
  place: { address: string; prefix: string }
}

/** Jobs of the queue `audit` that failed as if in a worker, one for each reason: `f0`, `f1`, … */
export async function failJobs({ hearth, place }: Pages, reasons: readonly string[]): Promise<void> {
  const left = new Set(reasons.map((_, i) => `f${i}`))
  const failing = new Worker(
    'audit',
    ({ id }) => Promise.reject(new Error(reasons[Number(id?.slice(1))] ?? 'none')),
    { connection: { url: place.address }, prefix: place.prefix, concurrency: 20 },
  )
  onTestFinished(() => failing.close())
  const allFailed = new Promise<void>(resolve => {
    failing.on('failed', job => {
      left.delete(job?.id ?? '')
      if (left.size === 0) resolve()
    })
  })
  const jobs = reasons.map((_, i) => ({ name: 'world', data: {}, opts: { jobId: `f${i}` } }))
  await queueOf(hearth, 'audit').addBulk(jobs)
  await allFailed
  await failing.pause()
}

/** Appends an event, and sets it aside as if the source had refused it. */
export async function setAside(hearth: OpenedHearth, worldId: string, reason: string): Promise<void> {
  const event = { event_id: 'e1', timestamp: '2030-01-01T00:00:00', participants: ['c1'] }
  await hearth.appendEvents(worldId, [event])
  const { events } = await hearth.pending.first(worldId, 1)
  await hearth.pending.setAside(worldId, events, reason)
}
