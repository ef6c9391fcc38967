import neo4j from 'neo4j-driver'
import type { Json } from '../world.ts'

/**
 * A value of Neo4j's as JSON: an INTEGER as a number, or as decimal text where a number would not be exact; a
 * temporal value as ISO text; a point as `{srid, x, y, z?}`; bytes as base64; NaN and infinities as null.
 */
export function toJson(value: unknown): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : null
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
    case 'object':
      return value === null ? null : fromObject(value)
    default:
      return null
  }
}

function fromObject(value: object): Json {
  if (Array.isArray(value)) return value.map(toJson)
  if (value instanceof Int8Array || value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (neo4j.isPoint(value)) {
    const { srid, x, y, z } = value
    return z === undefined || z === null ? { srid: toJson(srid), x, y } : { srid: toJson(srid), x, y, z }
  }
  if (Object.getPrototypeOf(value) === Object.prototype) return jsonMap(value as Record<string, unknown>)
  return isoText(String(value))
}

/** The driver pads years beyond four digits and fractions of a second; Neo4j's own `toString` does not. */
const isoText = (text: string): string =>
  text
    .replace(/^([+-])0+([0-9]{4,}-)/, '$1$2')
    .replace(/[.]([0-9]*?)0+(?![0-9])/, (_, kept) => kept && `.${kept}`)

function jsonMap(map: Record<string, unknown>): Record<string, Json> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, toJson(value)]))
}

/** Text, or null; what is neither is given as its text. */
export function toText(value: unknown): string | null {
  if (value === null || value === undefined || typeof value === 'string') return value ?? null
  const json = toJson(value)
  return json === null ? null : typeof json === 'object' ? JSON.stringify(json) : String(json)
}

export function toNumber(value: unknown): number | null {
  if (typeof value === 'bigint') return Number(value)
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** A list of text; one that is kept as JSON text is read. What is no list is the empty one. */
export function toTexts(value: unknown): string[] {
  const list = typeof value === 'string' ? parsed(value) : value
  if (!Array.isArray(list)) return []
  return list.every(item => typeof item === 'string')
    ? list
    : list.map(item => toText(item)).filter(text => text !== null)
}

/** A JSON object, from a map or from its text; what is neither is `{}`. */
export function toMap(value: unknown): Record<string, Json> {
  if (value === null || value === undefined || value === '{}') return {}
  const json = typeof value === 'string' ? parsed(value) : toJson(value)
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? json : {}
}

/** What JSON text says; text that is no JSON is itself. */
export function toAny(value: unknown): Json {
  return typeof value === 'string' ? (parsed(value) ?? (value === 'null' ? null : value)) : toJson(value)
}

/** A property of an entity. Only text that begins like a map or a list can be JSON: a name may well be "12". */
export function toProperty(value: unknown): Json {
  return typeof value === 'string' && /^[{[]/.test(value) ? (parsed(value) ?? value) : toJson(value)
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

/** The reverse of `toProperty`: what Neo4j can hold (a scalar, or a list of one kind of scalar), or JSON text. */
export function fromProperty(value: Json): unknown {
  if (typeof value === 'number') return fromNumber(value)
  if (typeof value !== 'object' || value === null) return value
  if (!Array.isArray(value)) return JSON.stringify(value)
  const kinds = new Set(value.map(item => (item === null ? 'null' : typeof item)))
  const [kind = 'string'] = kinds
  if (kinds.size > 1 || kind === 'object' || kind === 'null') return JSON.stringify(value)
  const isWhole = kind === 'number' && value.every(item => Number.isSafeInteger(item))
  return isWhole ? value.map(item => BigInt(item as number)) : value
}

/** The driver would send every number as a FLOAT. */
export function fromNumber(value: number): number | bigint {
  return Number.isSafeInteger(value) ? BigInt(value) : value
}

/** The reverse of `toAny`: text stays as it is unless it would be read as something else. */
export function fromAny(value: Json): string | null {
  if (value === null) return null
  if (typeof value !== 'string') return JSON.stringify(value)
  return toAny(value) === value ? value : JSON.stringify(value)
}
