import { LRUCache } from 'lru-cache'
import { flushWorldJob } from '../jobs/flush/payload.ts'
import type { Producer } from '../queues/producer.ts'
import type { Background } from '../resilience/background.ts'

/** A world's flush is enqueued again after this time, in case the process that should have done it died. Milliseconds. */
const enqueueAgainMs = 1_000

/** Has a world's events flushed; `isFirst` where none was pending before. No caller waits: without a job they are as durable. */
export type FlushSoon = (worldId: string, isFirst: boolean) => void

export function createFlushSoon(deps: {
  producer: Pick<Producer, 'addAll'>
  background: Background
}): FlushSoon {
  const enqueued = new LRUCache<string, true>({ max: 1_000, ttl: enqueueAgainMs })
  return (worldId, isFirst) => {
    if (!isFirst && enqueued.has(worldId)) return
    enqueued.set(worldId, true)
    deps.background.run(deps.producer.addAll(flushWorldJob, [{ payload: { worldId } }]))
  }
}
