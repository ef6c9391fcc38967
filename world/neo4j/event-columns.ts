import type { TimelineEvent } from '../../model/event.ts'
import type { Row } from './connection.ts'
import { type Reader, type Report, toAny, toMap, toNumber, toText, toTexts } from './values.ts'

/** How each field of an event but its id is read. */
const readers = {
  event_type: toText,
  title: toText,
  description: toText,
  timestamp: (value: unknown, report: Report, property: string) => toText(value, report, property) ?? '',
  participants: toTexts,
  location_id: toText,
  consequences: toAny,
  emotional_impact: toNumber,
  significance_level: toNumber,
  tags: toTexts,
  metadata: toMap,
} satisfies { [field in Exclude<keyof TimelineEvent, 'event_id'>]: Reader<TimelineEvent[field]> }
const fieldReaders = Object.entries(readers)

export const eventFields = ['event_id', ...Object.keys(readers)]

/** Hears of the properties of an event that cannot be read. */
export type ReportOfEvent = (eventId: string) => Report

/** The event of these columns, which stand in the order of `eventFields`. */
export function eventOf(columns: readonly unknown[], reportOf: ReportOfEvent): TimelineEvent {
  const eventId = toText(columns[0]) ?? ''
  const report = reportOf(eventId)
  const event: Row = { event_id: eventId }
  fieldReaders.forEach(([field, read], i) => {
    event[field] = read(columns[i + 1], report, field)
  })
  return event as unknown as TimelineEvent
}
