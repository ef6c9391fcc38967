import neo4j from 'neo4j-driver'
import { offsetSeconds, parseTimestamp, timestampPattern } from '../../model/timestamp.ts'
import { isBroken } from './values.ts'

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
