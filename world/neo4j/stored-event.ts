import { withDigitsOf } from '../../model/digits.ts'
import type { NewEvent } from '../../model/event.ts'
import { jsonText } from '../../model/json-text.ts'
import { meansPrivate } from '../../model/private-mark.ts'
import type { Row } from './connection.ts'
import { inTypeOf } from './kept-type.ts'
import { fromAny, fromNumber } from './values.ts'
import { wholeAny, wholeMap } from './whole.ts'

/** What of an event that is there already its new fields depend on. */
export const keptFields = [
  'timestamp',
  'consequences',
  'metadata',
  'emotional_impact',
  'significance_level',
] as const

/**
 * The fields that are given, as they stand in place of those that are there already.
 * @throws HearthError `WorldRefused` where one of those cannot be read whole
 */
export function replacedEvent(event: NewEvent, stored: Row): Row {
  const of = `event ${JSON.stringify(event.event_id)}`
  const given = { ...event }
  if (event.metadata !== undefined) {
    const before = wholeMap({ of, property: 'metadata', value: stored['metadata'] })
    given.metadata = withDigitsOf(before, event.metadata)
  }
  if (event.consequences !== undefined) {
    const before = wholeAny({ of, property: 'consequences', value: stored['consequences'] })
    given.consequences = withDigitsOf(before, event.consequences)
  }
  const fields = storedEvent(given)
  for (const name of keptFields) if (name in fields) fields[name] = inTypeOf(stored[name], fields[name])
  return fields
}

/** The fields that are given, as Neo4j can hold them. */
export function storedEvent(event: NewEvent): Row {
  const { event_id, consequences, metadata, emotional_impact, significance_level } = event
  const stored: Row = { event_id, timestamp: event.timestamp }
  const asIs = ['event_type', 'title', 'description', 'participants', 'location_id', 'tags'] as const
  for (const name of asIs) if (event[name] !== undefined) stored[name] = event[name]
  if (consequences !== undefined) stored['consequences'] = fromAny(consequences)
  if (metadata !== undefined) stored['metadata'] = jsonText(metadata)
  if (emotional_impact !== undefined) stored['emotional_impact'] = emotional_impact
  if (significance_level !== undefined) {
    stored['significance_level'] = significance_level === null ? null : fromNumber(significance_level)
  }
  const { private: mark, created_at } = event as { private?: unknown; created_at?: string | null }
  if (mark !== undefined) stored['private'] = meansPrivate(mark)
  if (created_at !== undefined && created_at !== null) stored['created_at'] = created_at
  return stored
}
