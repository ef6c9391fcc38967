import { emptyEvent } from './empty.ts'
import { indexAfter } from './stored-timeline.ts'
import { compareEvents } from './timestamp.ts'
import type { NewEvent, TimelineEvent } from './world.ts'

/**
 * The newest `limit` events of a timeline, as they will be when `pending` is written: united by `event_id`, the fields
 * of a pending event over those of the same one. Undefined where `timeline` (the newest that the truth has) does not
 * reach far enough to tell, because an event becomes older than it was and one that is not here may take its place.
 */
export function withPending(
  timeline: readonly TimelineEvent[],
  pending: readonly NewEvent[],
  limit: number,
  reachesFar = timeline.length < limit,
): TimelineEvent[] | undefined {
  const united = [...timeline]
  let sinks = false
  for (const event of pending) {
    const at = united.findIndex(({ event_id }) => event_id === event.event_id)
    const [known] = at === -1 ? [] : united.splice(at, 1)
    const written = { ...emptyEvent, ...known, ...event }
    if (known && compareEvents(written, known) > 0) sinks = true
    insert(united, written)
  }
  return sinks && !reachesFar ? undefined : united.slice(0, limit)
}

function insert(newestFirst: TimelineEvent[], event: TimelineEvent): void {
  const [newest] = newestFirst
  const at = newest && compareEvents(event, newest) > 0 ? indexAfter(newestFirst, event, compareEvents) : 0
  newestFirst.splice(at, 0, event)
}
