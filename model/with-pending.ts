import { compareEvents, indexAfter } from './timestamp.ts'
import { emptyEvent, type NewEvent, type TimelineEvent } from './world-data.ts'

/** A pending event as it may be read; of one that is private, only the id of what no reader may see any more. */
export type ReadablePending = NewEvent | HiddenEvent

export interface HiddenEvent {
  event_id: string
  hidden: true
}

/** What may be read of an event that is not written yet. */
export interface Readability {
  /** The event without what is private; `null` if all of it is. */
  readable(event: NewEvent): NewEvent | null
}

export function readablePending(world: Readability, event: NewEvent): ReadablePending {
  return world.readable(event) ?? { event_id: event.event_id, hidden: true }
}

export const isHidden = (event: ReadablePending): event is HiddenEvent => 'hidden' in event

/**
 * The newest `limit` events of a timeline, as they will be when `pending` is written: united by `event_id`, the fields
 * of a pending event over those of the same one, without what is hidden. Undefined where `timeline` (the newest that the
 * source has) does not reach far enough to know, because an event goes, or becomes older than it was, and one that is not
 * here may take its place.
 */
export function withPending(
  timeline: readonly TimelineEvent[],
  pending: readonly ReadablePending[],
  limit: number,
  reachesFar = timeline.length < limit,
): TimelineEvent[] | undefined {
  const united = [...timeline]
  let isShort = false
  for (const event of pending) {
    const at = united.findIndex(({ event_id }) => event_id === event.event_id)
    const [known] = at === -1 ? [] : united.splice(at, 1)
    if (isHidden(event)) {
      if (known) isShort = true
      continue
    }
    const written = known ? { ...emptyEvent, ...known, ...event } : wholeEvent(event)
    if (known && compareEvents(written, known) > 0) isShort = true
    insert(united, written)
  }
  return isShort && !reachesFar ? undefined : united.slice(0, limit)
}

/** An event as readers get it: what is not given is empty. Field by field, since two spreads take ten times as long as all of it. */
export function wholeEvent(event: NewEvent): TimelineEvent {
  const whole: TimelineEvent = {
    event_id: event.event_id,
    event_type: event.event_type ?? null,
    title: event.title ?? null,
    description: event.description ?? null,
    timestamp: event.timestamp,
    participants: event.participants ?? [],
    location_id: event.location_id ?? null,
    consequences: event.consequences ?? null,
    emotional_impact: event.emotional_impact ?? null,
    significance_level: event.significance_level ?? null,
    tags: event.tags ?? [],
    metadata: event.metadata ?? {},
  }
  for (const name in event)
    if (!(name in whole)) Object.assign(whole, { [name]: event[name as keyof NewEvent] })
  return whole
}

function insert(newestFirst: TimelineEvent[], event: TimelineEvent): void {
  const [newest] = newestFirst
  const at = newest && compareEvents(event, newest) > 0 ? indexAfter(newestFirst, event, compareEvents) : 0
  newestFirst.splice(at, 0, event)
}
