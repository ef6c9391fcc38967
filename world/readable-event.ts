import type { Privacy } from './privacy.ts'
import { meansPrivate } from './private-mark.ts'
import type { NewEvent, TimelineEvent } from './world.ts'

/** See `World.readable`. */
export function readableEvent(privacy: Privacy, event: NewEvent & { private?: unknown }): NewEvent | null {
  const { private: isPrivate, ...fields } = event
  return meansPrivate(isPrivate) ? null : privacy.event(fields as TimelineEvent)
}
