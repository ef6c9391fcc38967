import type { TimelineEvent } from './event.ts'
import { meansPrivate } from './private-mark.ts'
import { compareEvents } from './timestamp.ts'

/** A game marks an event as private beside its fields. */
export type StoredEvent = TimelineEvent & { private?: unknown }

const oldestFirst = (a: TimelineEvent, b: TimelineEvent): number => compareEvents(b, a)

/** Puts an event into a timeline, oldest first, unless it stands there. */
export function insert(timeline: StoredEvent[], event: StoredEvent): void {
  const last = timeline.at(-1)
  const place =
    last && oldestFirst(last, event) >= 0 ? indexAfter(timeline, event, oldestFirst) : timeline.length
  if (timeline[place - 1]?.event_id !== event.event_id) timeline.splice(place, 0, event)
}

export const holds = (timeline: readonly StoredEvent[], event: StoredEvent): boolean =>
  timeline[indexAfter(timeline, event, oldestFirst) - 1] === event

/** Takes an event off a timeline; false if it does not stand there. */
export function remove(timeline: StoredEvent[], event: StoredEvent): boolean {
  if (!holds(timeline, event)) return false
  timeline.splice(indexAfter(timeline, event, oldestFirst) - 1, 1)
  return true
}

/** The newest `limit` events that are not private, newest first. */
export function newest(timeline: readonly StoredEvent[], limit: number): TimelineEvent[] {
  const found: TimelineEvent[] = []
  for (let i = timeline.length - 1; i >= 0 && found.length < limit; i--) {
    const event = timeline[i]
    if (event && !meansPrivate(event.private))
      found.push(event.private === undefined ? event : unmarked(event))
  }
  return found
}

function unmarked({ private: _mark, ...event }: StoredEvent): TimelineEvent {
  return event
}

/** Of a sorted list, the index of the first item that comes after `item`. */
export function indexAfter<T, K>(
  sorted: readonly T[],
  item: K,
  compare: (a: T | K, b: T | K) => number,
): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    const probe = sorted[middle]
    if (probe !== undefined && compare(probe, item) <= 0) low = middle + 1
    else high = middle
  }
  return low
}
