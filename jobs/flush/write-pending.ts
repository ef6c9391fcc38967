import { setTimeout as sleep } from 'node:timers/promises'
import type { Queue } from 'bullmq'
import { LRUCache } from 'lru-cache'
import { timeline } from '../../model/built-in-kinds.ts'
import { HearthError } from '../../model/errors.ts'
import { namesOf } from '../../model/new-events.ts'
import { meansPrivate } from '../../model/privacy.ts'
import type { PendingEvent } from '../../queues/pending-flush.ts'
import { awaitedLater } from '../../resilience/awaited-later.ts'
import type { JobDeps } from '../deps.ts'
import { type FlushResult, type RefusedPayload, refusedJob } from './payload.ts'

type Events = readonly PendingEvent[]

/** How many events of a world are written in one go, and how many such transactions the source has taken since. */
interface Borne {
  size: number
  taken: number
}

/** How many events are written in one transaction at most. */
export const largestBatch = 500
/** Larger transactions are tried again after the source took this many: each refusal may cost a query's time limit. */
const growAfter = 4
/** How often an event that is too much for the source is tried alone, and the pause that grows between. Milliseconds. */
const triesAlone = 3
const pauseAloneMs = 500

export interface PendingWriterDeps extends JobDeps {
  /** Called with what each batch of pending events came to. */
  onFlushed(result: FlushResult): void
}

/**
 * What the source refuses, or cannot bear, is written by halves, until the event that it will never take is alone: that one is
 * set aside, and shown in the queue. The size that the source bears is kept for what follows.
 */
export function createPendingWriter(deps: PendingWriterDeps, queue: Pick<Queue, 'add'>) {
  /** Of worlds of which the source did not bear a whole batch. */
  const borne = new LRUCache<string, Borne>({ max: 1_000 })

  async function setAside(worldId: string, events: Events, reason: string): Promise<void> {
    await deps.pending.setAside(worldId, events, reason)
    await invalidateTimelines(deps, worldId, namesIn(events)) // after, or a reader would put them into the cache again
    await showRefused(queue, { worldId, eventIds: idsOf(events), reason })
    deps.onFlushed({ flushed: 0, refused: events.length })
  }

  async function settle(worldId: string, events: Events, changed: readonly string[]): Promise<void> {
    // An event that the source had before was shown without the fields that it kept, and not on all timelines that it stands on.
    // One that became private meanwhile may have been shown since by a process that accepted it before.
    // Where servers lag, a load under way may find the events neither pending nor yet in the source.
    const { lags } = deps.world
    const unseen = events.filter(({ event, unseen }) => lags || unseen || meansPrivate(event.private))
    await invalidateTimelines(deps, worldId, [...changed, ...namesIn(unseen)])
    await deps.cache.bookmarks.share(worldId).catch(() => {}) // else with the next invalidation
    await deps.pending.forget(worldId, events)
    deps.onFlushed({ flushed: events.length, refused: 0 })
    const known = borne.get(worldId)
    if (known && ++known.taken % growAfter === 0) known.size *= 2
    if (known && known.size >= largestBatch) borne.delete(worldId)
  }

  /** The timelines of what the source had before, once it has taken them; or why it did not. */
  async function tryToWrite(worldId: string, events: Events): Promise<string[] | Refusal> {
    const bare = events.map(({ event }) => event)
    for (let attempt = 1; ; attempt++) {
      try {
        return await deps.world.addEvents(worldId, bare)
      } catch (error) {
        const refusal = refusalOf(error)
        if (!refusal) throw error
        if (!refusal.isSize || events.length > 1 || attempt === triesAlone) return refusal
        await sleep(attempt * pauseAloneMs)
        // A memory pool that others have filled empties again: while nothing at all is borne, no event is at fault.
        await deps.world.addEvents(worldId, [])
      }
    }
  }

  return {
    /**
     * Writes batches of pending events; then no cache may lack them any more; only then are they forgotten, while the
     * source writes what follows. A crash at any point repeats what is idempotent. Rejects while the source or the queues'
     * Redis is away, with some of it done.
     */
    async write(worldId: string, batches: AsyncIterable<Events> | Iterable<Events>): Promise<FlushResult> {
      const done: FlushResult = { flushed: 0, refused: 0 }
      let settling = Promise.resolve()
      try {
        for await (const events of batches) {
          for (let from = 0; from < events.length; ) {
            const some = events.slice(from, from + (borne.get(worldId)?.size ?? largestBatch))
            const written = await tryToWrite(worldId, some)
            await settling
            if (Array.isArray(written)) {
              settling = awaitedLater(settle(worldId, some, written))
              done.flushed += some.length
            } else if (some.length > 1 && !written.isOfAll) {
              borne.set(worldId, { size: Math.ceil(some.length / 2), taken: 0 })
              continue
            } else {
              await setAside(worldId, some, written.reason)
              done.refused += some.length
              if (!written.isSize) borne.delete(worldId) // the others are sound, as far as is known
            }
            from += some.length
          }
        }
      } finally {
        await settling
      }
      return done
    },
  }
}

export type PendingWriter = ReturnType<typeof createPendingWriter>

interface Refusal {
  reason: string
  /** No part of them will be taken either. */
  isOfAll: boolean
  /** It is how much they are, not what they are. */
  isSize: boolean
}

/** Why the source will not take them; undefined for what passes. */
function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof HearthError)) return undefined
  const { code, message: reason } = error
  const refuses = ['WorldNotFound', 'WorldRefused', 'InvalidInput', 'WorldOverburdened'].includes(code)
  return refuses
    ? { reason, isOfAll: code === 'WorldNotFound', isSize: code === 'WorldOverburdened' }
    : undefined
}

async function showRefused(queue: Pick<Queue, 'add'>, refused: RefusedPayload): Promise<void> {
  const { name, title, options } = refusedJob
  await queue.add(title?.(refused) ?? name, refused, options?.(refused))
}

/** Directly; while the cache's Redis is away by jobs, which are as durable as what is pending. */
async function invalidateTimelines(
  { cache, ensureInvalidated }: JobDeps,
  worldId: string,
  entityIds: readonly string[],
): Promise<void> {
  const ids = [...new Set(entityIds)]
  if (ids.length === 0) return
  try {
    await cache.leases.invalidate(
      worldId,
      ids.map(id => cache.keys.entryOf(worldId, { kind: timeline.name, id })),
    )
  } catch (error) {
    if (!(error instanceof HearthError && error.code === 'CacheUnavailable')) throw error
    const bookmarks = [...cache.bookmarks.unsent(worldId)]
    const targets = ids.map(id => ({ kind: timeline.name, id }))
    await ensureInvalidated(targets.map(target => ({ worldId, target, version: null, bookmarks })))
  }
}

const namesIn = (events: Events) => events.flatMap(({ event }) => namesOf(event))
const idsOf = (events: Events) => events.map(({ event }) => event.event_id)
