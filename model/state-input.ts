import { emptySnapshot } from './empty.ts'
import { HearthError } from './errors.ts'
import { isWellFormed } from './ids.ts'
import { ExactNumber } from './json-text.ts'

const snapshotFields = ['world_id', ...Object.keys(emptySnapshot)]
const textFields = ['world_id', 'world_name', 'world_status', 'current_time', 'last_evolution']

/** Deeper than any game's state, and a map that holds itself is found by it. */
const deepest = 100

/** @throws HearthError `InvalidInput`, naming the field, if this is no JSON object */
export function checkFlags(flags: unknown): void {
  if (!isMap(flags)) throw wrong('flags', 'must be a JSON object from name to value', flags)
  for (const [name, value] of Object.entries(flags)) {
    checkText(name, 'a name in flags')
    if (value === undefined)
      throw wrong(place('flags', name), 'must be JSON, or null to remove the flag', value)
    checkJson(value, place('flags', name))
  }
}

/**
 * A field that is undefined counts as not given.
 * @throws HearthError `InvalidInput`, naming the field, if this is no part of a snapshot
 */
export function checkSnapshot(snapshot: unknown): void {
  if (!isMap(snapshot)) throw wrong('snapshot', 'must be an object of the fields of a snapshot', snapshot)
  for (const [name, value] of Object.entries(snapshot)) {
    const field = place('snapshot', name)
    if (!snapshotFields.includes(name)) {
      throw new HearthError(
        'InvalidInput',
        `${field} is no field of a snapshot; they are ${snapshotFields.join(', ')}`,
      )
    }
    if (value === undefined) continue
    if (textFields.includes(name)) {
      if (typeof value !== 'string' && value !== null) throw wrong(field, 'must be text or null', value)
    } else if (name !== 'evolution_schedule' && !isMap(value)) {
      throw wrong(field, 'must be a JSON object', value)
    }
    checkJson(value, field)
  }
}

/**
 * As in JSON text, what is undefined in a map is left out of it.
 * @throws HearthError `InvalidInput`, naming the field, if this is no JSON
 */
export function checkJson(value: unknown, field: string, depth = 0): void {
  if (value === null || typeof value === 'boolean' || Number.isFinite(value)) return
  if (value instanceof ExactNumber && Number.isFinite(Number(value))) return
  if (depth > deepest)
    throw new HearthError('InvalidInput', `${field} lies deeper than ${deepest} maps and lists`)
  if (typeof value === 'string') checkText(value, field)
  else if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) checkJson(value[i], `${field}[${i}]`, depth + 1)
  } else if (isMap(value)) {
    for (const [name, inner] of Object.entries(value)) {
      checkText(name, `a name in ${field}`)
      if (inner !== undefined) checkJson(inner, place(field, name), depth + 1)
    }
  } else throw wrong(field, 'must be JSON', value)
}

/** Half of a surrogate pair would become another character on its way to the source, or to a reader in another language. */
function checkText(text: string, field: string): void {
  if (isWellFormed(text)) return
  throw new HearthError('InvalidInput', `${field} must be well-formed Unicode, got a lone surrogate`)
}

/** A Date, a Map or the like would become something else on its way through JSON. */
function isMap(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

const place = (field: string, name: string): string =>
  /^[\w-]+$/.test(name) ? `${field}.${name}` : `${field}[${JSON.stringify(name)}]`

function wrong(field: string, rule: string, value: unknown): HearthError {
  return new HearthError('InvalidInput', `${field} ${rule}, got ${kindOf(value)}`)
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number' || value instanceof ExactNumber) {
    return String(value)
  }
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? `a ${value.constructor?.name ?? 'map'}` : `a ${typeof value}`
}
