import { HearthError, inWords } from './errors.ts'
import { isWellFormed } from './ids.ts'
import { ExactNumber } from './json.ts'
import { namesProblem } from './own-names.ts'
import { parseTimestamp } from './timestamp.ts'
import { emptySnapshot, type NewEntity, type NewEvent } from './world-data.ts'

const snapshotFields = ['world_id', ...Object.keys(emptySnapshot)]
const textFields = ['world_id', 'world_name', 'world_status', 'current_time', 'last_evolution']

/** Deeper than any game's state, and a map that holds itself is found by it. */
const deepest = 100

/** @throws HearthError `InvalidInput`, naming the field, if this is no JSON object */
export function checkFlags(flags: unknown): void {
  if (!isMap(flags)) throw wrong('flags', 'must be a JSON object from name to value', flags)
  for (const [name, value] of Object.entries(flags)) {
    if (value === undefined)
      throw wrong(place('flags', name), 'must be JSON, or null to remove the flag', value)
  }
  throwIfAny(fieldsProblem(flags, 'flags'))
}

/**
 * A field that is undefined counts as not given.
 * @throws HearthError `InvalidInput`, naming the field, if this is no part of a snapshot
 */
export function checkSnapshot(snapshot: unknown): void {
  if (!isMap(snapshot)) throw wrong('snapshot', 'must be an object of the fields of a snapshot', snapshot)
  const problems = Object.entries(snapshot).flatMap(([name, value]) => {
    const path = place('snapshot', name)
    const rule = ruleOfField(name, value)
    if (rule !== null) return [{ path, message: rule, text: `${path} ${rule}` }]
    const text = value === undefined ? null : jsonProblem(value, path)
    return text === null ? [] : [{ path, message: text, text }]
  })
  if (problems.length === 0) return
  throw new HearthError('InvalidInput', problems.map(({ text }) => text).join('; '), {
    fields: problems.map(({ path, message }) => ({ path, message })),
  })
}

/** The rule that a field of a snapshot breaks; null where it breaks none. */
function ruleOfField(name: string, value: unknown): string | null {
  if (!snapshotFields.includes(name))
    return `is no field of a snapshot; they are ${snapshotFields.join(', ')}`
  if (value === undefined) return null
  if (textFields.includes(name)) {
    const isRight = typeof value === 'string' || value === null
    return isRight ? null : `must be text or null, got ${inWords(value)}`
  }
  return name === 'evolution_schedule' || isMap(value) ? null : `must be a JSON object, got ${inWords(value)}`
}

function throwIfAny(problem: string | null): void {
  if (problem !== null) throw new HearthError('InvalidInput', problem)
}

/**
 * What is wrong with a value that is to be kept as JSON, beginning with the field that is at fault; null where nothing
 * is. As in JSON text, what is undefined in a map is left out of it. `far`: a number that has its digits may lie beyond
 * JavaScript's.
 */
export function jsonProblem(value: unknown, field: string, { far = false, depth = 0 } = {}): string | null {
  if (value === null || typeof value === 'boolean' || Number.isFinite(value)) return null
  if (value instanceof ExactNumber && (far || Number.isFinite(Number(value)))) return null
  if (typeof value === 'string') return textProblem(value, field)
  if (depth > deepest) return `${field} lies deeper than ${deepest} maps and lists`
  const inside = { far, depth: depth + 1 }
  if (Array.isArray(value))
    return firstProblem(value, (item, i) => jsonProblem(item, `${field}[${i}]`, inside))
  if (!isMap(value)) return `${field} must be JSON, got ${inWords(value)}`
  return fieldsProblem(value, field, inside)
}

const fieldsProblem = (map: object, field: string, inside = {}): string | null =>
  firstProblem(
    Object.entries(map),
    ([name, value]) =>
      textProblem(name, field === '' ? 'a name' : `a name in ${field}`) ??
      (value === undefined ? null : jsonProblem(value, place(field, name), inside)),
  )

function firstProblem<T>(
  items: readonly T[],
  problemOf: (item: T, i: number) => string | null,
): string | null {
  for (const [i, item] of items.entries()) {
    const problem = problemOf(item, i)
    if (problem !== null) return problem
  }
  return null
}

/** Half of a surrogate pair would become another character on its way to the source, or to a reader in another language. */
const textProblem = (text: string, field: string): string | null =>
  isWellFormed(text) ? null : `${field} must be well-formed Unicode, got a lone surrogate`

/** A Date, a Map or the like would become something else on its way through JSON. */
function isMap(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function place(field: string, name: string): string {
  if (!/^[\w-]+$/.test(name)) return `${field}[${JSON.stringify(name)}]`
  return field === '' ? name : `${field}.${name}`
}

function wrong(field: string, rule: string, value: unknown): HearthError {
  return new HearthError('InvalidInput', `${field} ${rule}, got ${inWords(value)}`)
}

/** @throws HearthError `InvalidInput`, naming the entity and its property, before anything is written */
export function checkEntities(entities: readonly NewEntity[]): void {
  for (const { type, id, props } of entities) {
    const problem = namesProblem(type, props)
    if (problem !== undefined)
      throw new HearthError('InvalidInput', `${type} ${JSON.stringify(id)}: ${problem}`)
  }
}

/** @throws HearthError `InvalidInput`, naming the event whose timestamp is none, before anything is written */
export function checkEvents(events: readonly NewEvent[]): void {
  for (const { event_id, timestamp } of events) {
    if (typeof timestamp === 'string' && parseTimestamp(timestamp) !== null) continue
    throw new HearthError(
      'InvalidInput',
      `timestamp: ${JSON.stringify(timestamp)} of event ${JSON.stringify(event_id)} must be ISO text, like 0120-03-01T12:00:00`,
    )
  }
}

export const worldNotFound = (worldId: string): HearthError =>
  new HearthError('WorldNotFound', `worldId: there is no world ${JSON.stringify(worldId)}`)
