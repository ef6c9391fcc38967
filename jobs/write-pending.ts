import { HearthError } from '../errors.ts'
import type { FlushResult, RefusedPayload } from '../queues/flush.ts'
import type { PendingEvent } from '../queues/pending.ts'
import { type AcceptedEvent, namesOf } from '../world/new-events.ts'
import { meansPrivate } from '../world/private-mark.ts'
import type { JobDeps } from './deps.ts'

type Events = readonly PendingEvent<AcceptedEvent>[]

/**
 * Writes pending events in one transaction; then no cache may lack them any more; only then are they forgotten. A crash
 * at any point repeats what is idempotent. Of what the truth refuses the halves are written each for itself, until the
 * event that it will never take is alone: that one is set aside, and `showRefused` told. Rejects while the truth or the
 * queues' Redis is away, with some of it done.
 */
export async function writePending(
  deps: JobDeps,
  worldId: string,
  events: Events,
  showRefused: (payload: RefusedPayload) => Promise<void>,
): Promise<FlushResult> {
  let changed: string[]
  try {
    changed = await deps.world.addEvents(
      worldId,
      events.map(({ event }) => event),
    )
  } catch (error) {
    const refusal = refusalOf(error)
    if (!refusal) throw error
    if (events.length === 1 || refusal.ofAll) {
      await setAside(deps, worldId, events, refusal.reason)
      await showRefused({ worldId, eventIds: idsOf(events), reason: refusal.reason })
      return { flushed: 0, refused: events.length }
    }
    const middle = Math.ceil(events.length / 2)
    const first = await writePending(deps, worldId, events.slice(0, middle), showRefused)
    const second = await writePending(deps, worldId, events.slice(middle), showRefused)
    return { flushed: first.flushed + second.flushed, refused: first.refused + second.refused }
  }
  // An event that Neo4j had before was shown without the fields that it kept, and not on all timelines that it stands on.
  // One that became private meanwhile may have been shown since by a process that accepted it before.
  const unseen = events.filter(({ event, unseen }) => unseen || meansPrivate(event.private))
  await invalidateTimelines(deps, worldId, [...changed, ...namesIn(unseen)])
  await deps.pending.forget(worldId, events)
  return { flushed: events.length, refused: 0 }
}

/** Why the truth will never take them; undefined for what passes. `ofAll`: no part of them either. */
function refusalOf(error: unknown): { reason: string; ofAll: boolean } | undefined {
  if (!(error instanceof HearthError)) return undefined
  const { code, message: reason } = error
  if (code === 'WorldNotFound') return { reason, ofAll: true }
  return code === 'WorldRefused' || code === 'InvalidInput' ? { reason, ofAll: false } : undefined
}

/** First out of what is pending, or a reader would put them into the cache again. */
async function setAside(deps: JobDeps, worldId: string, events: Events, reason: string): Promise<void> {
  await deps.pending.setAside(worldId, events, reason)
  await invalidateTimelines(deps, worldId, namesIn(events))
}

/** Directly; while the cache's Redis is away by jobs, which are as durable as what is pending. */
async function invalidateTimelines(
  { cache, producer }: JobDeps,
  worldId: string,
  entityIds: readonly string[],
): Promise<void> {
  const ids = [...new Set(entityIds)]
  if (ids.length === 0) return
  try {
    await cache.leases.invalidate(
      worldId,
      ids.map(id => cache.keys.timeline(worldId, id)),
    )
  } catch (error) {
    if (!(error instanceof HearthError && error.code === 'CacheUnavailable')) throw error
    await producer.invalidate(ids.map(id => ({ worldId, target: { kind: 'timeline', id }, version: null })))
  }
}

const namesIn = (events: Events) => events.flatMap(({ event }) => namesOf(event))
const idsOf = (events: Events) => events.map(({ event }) => event.event_id)
