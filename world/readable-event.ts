import type { Privacy } from './privacy.ts'
import type { NewEvent, TimelineEvent } from './world.ts'

/** See `World.readable`. */
export function readableEvent(privacy: Privacy, event: NewEvent & { private?: boolean }): NewEvent | null {
  const { private: isPrivate, ...fields } = event
  return isPrivate === true ? null : privacy.event(fields as TimelineEvent)
}
