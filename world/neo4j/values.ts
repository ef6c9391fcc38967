import neo4j from 'neo4j-driver'
import { asError } from '../../model/errors.ts'
import { digitsOf, isJsonObject, type Json, jsonText, numberOf } from '../../model/json.ts'
import { greatestInteger, leastInteger } from './graph.ts'
import { readText } from './stored-json.ts'

/** Hears of a property that readers do not get as it stands, and why. */
export type Report = (property: string, reason: string) => void

const unheard: Report = () => {}

/** Reads a property of Neo4j's as a field of this type. */
export type Reader<T> = (value: unknown, report: Report, property: string) => T

/**
 * A value of Neo4j's as JSON: numbers with all their digits; a temporal value as ISO text; a point as
 * `{srid, x, y, z?}`; bytes as base64; NaN and infinities as null. Never an error: what has no JSON value is null, and
 * reported.
 */
export function toJson(value: unknown, report: Report = unheard, property = ''): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : null
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : numberOf(value.toString())
    case 'object':
      return value === null ? null : fromObject(value, report, property)
    default:
      return null
  }
}

function fromObject(value: object, report: Report, property: string): Json {
  if (Array.isArray(value)) return value.map(item => toJson(item, report, property))
  try {
    if (value instanceof Int8Array || value instanceof Uint8Array)
      return Buffer.from(value).toString('base64')
    if (neo4j.isPoint(value)) {
      const { srid, x, y, z } = value
      const place = { srid: toJson(srid), x: toJson(x), y: toJson(y) }
      return z === undefined || z === null ? place : { ...place, z: toJson(z) }
    }
    if (Object.getPrototypeOf(value) === Object.prototype) {
      const fields = Object.entries(value).map(([name, field]) => [name, toJson(field, report, property)])
      return Object.fromEntries(fields)
    }
    if (neo4j.isVector(value))
      return Array.from(value.asTypedArray() as Iterable<unknown>, item => toJson(item))
    return isoText(String(value))
  } catch (error) {
    report(property, `Neo4j's driver cannot read it: ${asError(error).message}`)
    return null
  }
}

/** Whether the driver could not make a value of it, as of a zoned datetime beyond JavaScript's years. */
export const isBroken = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (Array.isArray(value)
    ? value.some(isBroken)
    : (value as { __isBrokenObject__?: unknown }).__isBrokenObject__ === true)

/**
 * The driver pads years beyond four digits and fractions of a second, and ends a duration of days with a T; Neo4j's own
 * `toString` does not.
 */
const isoText = (text: string): string =>
  text
    .replace(/^(P.*)T$/, '$1')
    .replace(/^([+-])0+([0-9]{4,}-)/, '$1$2')
    .replace(/[.]([0-9]*?)0+(?![0-9])/, (_, kept) => kept && `.${kept}`)

/** Text, or null; what is neither is given as its text. */
export function toText(value: unknown, report?: Report, property?: string): string | null {
  if (value === null || value === undefined || typeof value === 'string') return value ?? null
  const json = toJson(value, report, property)
  return json === null ? null : (digitsOf(json) ?? (typeof json === 'object' ? jsonText(json) : String(json)))
}

export function toNumber(value: unknown, report: Report = unheard, property = ''): number | null {
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'bigint') {
    return toJson(value) as number | null
  }
  report(property, 'it is not a number')
  return null
}

/** A list of text; one that is kept as JSON text is read. What is no list is the empty one, and reported. */
export function toTexts(value: unknown, report: Report = unheard, property = ''): string[] {
  const list = typeof value === 'string' && !isBlank(value) ? parsed(value, report, property) : value
  if (Array.isArray(list)) {
    return list.every(item => typeof item === 'string')
      ? list
      : list.map(item => toText(item, report, property)).filter(text => text !== null)
  }
  if (typeof list === 'string' ? !isBlank(list) : list !== null && list !== undefined)
    report(property, 'it is not a list')
  return []
}

/** A JSON object, from a map or from its text; what is neither is `{}`, and reported. */
export function toMap(value: unknown, report: Report = unheard, property = ''): Record<string, Json> {
  if (value === null || value === undefined || value === '{}') return {}
  if (typeof value === 'string' && isBlank(value)) return {}
  const json = typeof value === 'string' ? parsed(value, report, property) : toJson(value, report, property)
  if (isJsonObject(json)) return json
  if (json !== null && json !== undefined) report(property, 'it is not a JSON object')
  return {}
}

/** Text that says nothing. */
export const isBlank = (text: string): boolean => /^\s*(?:null\s*)?$/.test(text)

/**
 * What JSON text says. Text that is no JSON is itself, and so is text that says a number or a truth value: those have
 * types of their own in Neo4j, and text that looks like them is text.
 */
export function toAny(value: unknown, report: Report = unheard, property = ''): Json {
  if (typeof value !== 'string') return toJson(value, report, property)
  if (value === 'null') return null
  if (!/^\s*[{["]/.test(value)) {
    if (looksLikeJson(value)) report(property, 'a byte order mark at position 0')
    return value
  }
  return jsonOrText(value, report, property)
}

/** What JSON text says; text that is no JSON is itself, and reported where it looks like JSON. */
function jsonOrText(text: string, report: Report, property: string): Json {
  const read = readText(text)
  if ('value' in read) return read.value
  if (looksLikeJson(text)) report(property, read.fault)
  return text
}

/** Whether text begins as hardly any text does but JSON's, or what Python makes of a map or list. */
export const looksLikeJson = (text: string): boolean =>
  /^\uFEFF?\s*(?:\{\s*(?:["'}]|$)|\[\s*(?:["'[{\]0-9-]|true|false|null|True|False|None|NaN|Infinity|$))/.test(
    text,
  )

/**
 * A property of an entity. Only text that begins like a map or a list can be JSON: a name may well be "12". Text in
 * quotes is JSON only where `fromProperty` has quoted it.
 */
export function toProperty(value: unknown, report: Report = unheard, property = ''): Json {
  if (typeof value !== 'string') return toJson(value, report, property)
  if (value.startsWith('"')) return unquoted(value) ?? value
  return /^[{[]/.test(value) ? jsonOrText(value, report, property) : value
}

function unquoted(text: string): string | undefined {
  if (!/^"(?:[{[]|\\")/.test(text)) return undefined
  const read = readText(text)
  return 'value' in read && typeof read.value === 'string' && isReadAsOther(read.value)
    ? read.value
    : undefined
}

const isReadAsOther = (text: string): boolean => toProperty(text) !== text

function parsed(text: string, report: Report, property: string): Json | undefined {
  const read = readText(text)
  if ('value' in read) return read.value
  report(property, read.fault)
  return undefined
}

/**
 * The reverse of `toProperty`: what Neo4j can hold (a scalar, or a list of one kind of scalar), or JSON text. Text that
 * would be read as something else is JSON text too, in quotes.
 */
export function fromProperty(value: Json): unknown {
  if (typeof value === 'string') return isReadAsOther(value) ? jsonText(value) : value
  if (digitsOf(value) !== undefined) return fromNumber(value as number)
  if (typeof value !== 'object' || value === null) return value
  if (!Array.isArray(value)) return jsonText(value)
  if (value.length > 0 && value.every(item => digitsOf(item) !== undefined)) {
    return fromNumbers(value as number[]) ?? jsonText(value)
  }
  const kinds = new Set(value.map(item => (item === null ? 'null' : typeof item)))
  const [kind = 'string'] = kinds
  return kinds.size > 1 || kind === 'object' || kind === 'null' ? jsonText(value) : value
}

/** A list of INTEGERs or of FLOATs; undefined where neither keeps the digits of all. */
function fromNumbers(values: readonly number[]): (number | bigint)[] | undefined {
  const stored = values.map(fromNumber)
  if (stored.some(item => typeof item === 'string')) return undefined
  if (stored.every(item => typeof item === 'bigint')) return stored as bigint[]
  const isKept = stored.every(item => typeof item === 'number' || Number.isSafeInteger(Number(item)))
  return isKept ? stored.map(Number) : undefined
}

/**
 * A number as an INTEGER where its digits are one (the driver would send every number as a FLOAT), else as the nearest
 * FLOAT. What is an integer beyond both, or beyond a FLOAT's range, is the text of its digits, or they would be lost.
 */
export function fromNumber(value: number): number | bigint | string {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value
  const digits = digitsOf(value) ?? ''
  if (/[.eE]/.test(digits)) return Number.isFinite(Number(digits)) ? Number(digits) : digits
  const whole = BigInt(digits)
  return whole >= leastInteger && whole <= greatestInteger ? whole : digits
}

/** The reverse of `toAny`: text stays as it is unless it would be read as something else. */
export function fromAny(value: Json): unknown {
  if (value === null || typeof value === 'boolean') return value
  if (digitsOf(value) !== undefined) return fromNumber(value as number)
  if (typeof value !== 'string') return jsonText(value)
  return toAny(value) === value ? value : jsonText(value)
}
