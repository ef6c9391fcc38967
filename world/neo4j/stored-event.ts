import neo4j from 'neo4j-driver'
import { HearthError } from '../../model/errors.ts'
import { isJsonObject, type Json, jsonText, withDigitsOf } from '../../model/json.ts'
import { meansPrivate } from '../../model/privacy.ts'
import { offsetSeconds, parseTimestamp, timestampPattern } from '../../model/timestamp.ts'
import type { NewEvent } from '../../model/world-data.ts'
import type { Row } from './connection.ts'
import { readWhole } from './stored-json.ts'
import { fromAny, fromNumber, isBlank, isBroken, looksLikeJson, toAny } from './values.ts'

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
export function replacedEvent(event: NewEvent, stored: Row): StoredEvent {
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

/** What an event of Hearth's may have in Neo4j, besides its `event_id` and a `world_id`. */
export const storedFields = [
  'timestamp',
  'event_type',
  'title',
  'description',
  'participants',
  'location_id',
  'tags',
  'consequences',
  'metadata',
  'emotional_impact',
  'significance_level',
  'private',
  'created_at',
] as const

export type StoredEvent = { [field in 'event_id' | (typeof storedFields)[number]]?: unknown }

/** The fields that are given, as Neo4j can hold them. */
export function storedEvent(event: NewEvent): StoredEvent {
  const { event_id, consequences, metadata, emotional_impact, significance_level } = event
  const stored: StoredEvent = { event_id, timestamp: event.timestamp }
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

/** A property that a write merges into or replaces: whose it is, its name, and what Neo4j holds there. */
interface Stored {
  /** Like `world "w1"`. */
  of: string
  property: string
  value: unknown
}

/** A JSON object. @throws HearthError `WorldRefused` where it cannot be read whole */
export function wholeMap({ of, property, value }: Stored): Record<string, Json> {
  if (value === null || value === undefined || (typeof value === 'string' && isBlank(value))) return {}
  if (typeof value !== 'string') throw notWhole(of, property, 'it is not text')
  const whole = wholeText(of, property, value)
  if (isJsonObject(whole)) return whole
  throw notWhole(of, property, `not an object at position ${value.search(/\S/)}`)
}

/** JSON text or plain text. @throws HearthError `WorldRefused` where it cannot be read whole */
export function wholeAny({ of, property, value }: Stored): Json {
  return typeof value === 'string' && looksLikeJson(value) ? wholeText(of, property, value) : toAny(value)
}

function wholeText(of: string, property: string, text: string): Json {
  const read = readWhole(text)
  if ('fault' in read) throw notWhole(of, property, read.fault)
  return read.value
}

function notWhole(of: string, property: string, fault: string): HearthError {
  return new HearthError(
    'WorldRefused',
    `${property} of ${of}: what Neo4j holds there is not JSON that can be read whole (${fault}), and a write would ` +
      'destroy it; nothing was written. It must be one JSON object, or be removed',
  )
}

/**
 * What is to be written in place of `stored`, in the type that the game gave the property: text that is a timestamp
 * becomes a temporal value where there is one, and a whole number an INTEGER or a FLOAT as there. All else is written
 * as it is.
 */
export function inTypeOf(stored: unknown, written: unknown): unknown {
  if (typeof written === 'string')
    return isTemporal(stored) ? (temporalOf(stored, written) ?? written) : written
  if (typeof stored === 'bigint') {
    return typeof written === 'number' && Number.isSafeInteger(written) ? BigInt(written) : written
  }
  if (typeof stored === 'number') {
    return typeof written === 'bigint' && BigInt(Number(written)) === written ? Number(written) : written
  }
  return written
}

/** Whether it is a date, with or without a time. */
export function isTemporal(stored: unknown): stored is object {
  if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) return false
  // A zoned datetime is all that the driver fails to read.
  return isBroken(stored) || neo4j.isDateTime(stored) || neo4j.isLocalDateTime(stored) || neo4j.isDate(stored)
}

const matcher = new RegExp(`^${timestampPattern}$`)

/** The same instant in the type of `stored`; a date that gets a time becomes what the text is. */
function temporalOf(stored: object, text: string): object | undefined {
  const micros = parseTimestamp(text)
  const parts = matcher.exec(text)
  if (!parts || micros === null) return undefined
  const [, sign, years, months, days, hours, minutes = 0, seconds = 0, fraction = '', offset] = parts
  const year = Number(years) * (sign === '-' ? -1 : 1)
  const day = [year, Number(months), Number(days)] as const
  const nanosecond = Number(fraction.padEnd(9, '0'))
  const time = [Number(hours ?? 0), Number(minutes), Number(seconds), nanosecond] as const
  const { Date: Day, DateTime, LocalDateTime } = neo4j.types

  const isDay = !isBroken(stored) && neo4j.isDate(stored)
  if (isDay && hours === undefined) return new Day(...day)
  const isLocal = !isBroken(stored) && (isDay ? offset === undefined : neo4j.isLocalDateTime(stored))
  const ahead = offsetSeconds(offset ?? 'Z')
  if (!isLocal) return new DateTime(...day, ...time, ahead, /\[(.*)\]$/.exec(text)?.[1])
  if (ahead === 0) return new LocalDateTime(...day, ...time)
  const utc = new Date(Number(micros / 1_000n))
  if (Number.isNaN(utc.getTime())) return undefined
  return new LocalDateTime(
    ...([utc.getUTCFullYear(), utc.getUTCMonth() + 1, utc.getUTCDate()] as const),
    ...([utc.getUTCHours(), utc.getUTCMinutes(), utc.getUTCSeconds(), nanosecond] as const),
  )
}
