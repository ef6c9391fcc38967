import type { NewEvent, TimelineEvent } from './event.ts'
import type { Privacy } from './privacy.ts'
import { meansPrivate } from './private-mark.ts'

/** What an event has beside the fields that a reader gets. */
type AcceptedFields = NewEvent & { private?: unknown; created_at?: unknown }

/** See `World.readable`. */
export function readableEvent(privacy: Privacy, event: AcceptedFields): NewEvent | null {
  const { private: isPrivate, created_at: _neverShown, ...fields } = event
  return meansPrivate(isPrivate) ? null : privacy.event(fields as TimelineEvent)
}
