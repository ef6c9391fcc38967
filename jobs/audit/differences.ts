import { createHash } from 'node:crypto'
import { digitsOf, isJsonObject, type Json, jsonText } from '../../model/json.ts'
import type { TimelineEvent } from '../../model/world-data.ts'
import type { Difference } from './payload.ts'

/** Where a cached value differs from the source. */
export interface Differences {
  /** The first 20. */
  shown: Difference[]
  /**
   * One for each place that differs: the place, and what the cache has there, so that a difference which stays can be
   * told from one that follows another. What may be private is not in it, nor what it could be found out from.
   */
  marks: string[]
}

const maxShown = 20
const maxMarks = 50
const maxText = 80

/**
 * What the cache has where the source has nothing has passed no filter of ours, and may be private. Null is nothing too:
 * what is private in an event is emptied.
 */
const withheld = '(withheld)'

type JsonMap = { [name: string]: Json }

/**
 * Compares by value: the order of names in an object does not count. Timelines are compared event by event. Undefined
 * where there is no difference.
 */
export function differencesOf(cached: Json, truth: Json): Differences | undefined {
  const found: Differences = { shown: [], marks: [] }
  if (isTimeline(cached) && isTimeline(truth)) compareTimelines(cached, truth, found)
  else compare('', cached, truth, found)
  return found.marks.length === 0 ? undefined : found
}

function compare(field: string, cached: Json | undefined, truth: Json | undefined, found: Differences): void {
  if (cached === truth || (digitsOf(cached) !== undefined && digitsOf(cached) === digitsOf(truth))) return
  if (isJsonObject(cached) && isJsonObject(truth)) {
    const names = new Set([...Object.keys(truth), ...Object.keys(cached)])
    for (const name of names) compare(within(field, name), own(cached, name), own(truth, name), found)
  } else if (Array.isArray(cached) && Array.isArray(truth)) {
    for (let i = 0; i < Math.max(cached.length, truth.length); i++)
      compare(`${field}[${i}]`, cached[i], truth[i], found)
  } else {
    note(field, cached, truth, found)
  }
}

/** By their ids: an event more at the front is one difference, not one of every event. */
function compareTimelines(
  cached: readonly TimelineEvent[],
  truth: readonly TimelineEvent[],
  found: Differences,
) {
  const before = found.marks.length
  const left = new Map(cached.map(event => [event.event_id, event as unknown as Json]))
  for (const event of truth) {
    compare(event.event_id, left.get(event.event_id), event as unknown as Json, found)
    left.delete(event.event_id)
  }
  for (const [id, event] of left) compare(id, event, undefined, found)
  if (found.marks.length > before) return
  if (cached.length === truth.length && cached.every(({ event_id }, i) => event_id === truth[i]?.event_id))
    return
  const order = (events: readonly TimelineEvent[]) => events.map(({ event_id }) => event_id)
  note('order', order(cached), order(truth), found) // of ids that the source has too
}

function note(field: string, cached: Json | undefined, truth: Json | undefined, found: Differences): void {
  const isNothing = truth === undefined || truth === null
  const isShared = !isNothing && !(isNested(cached) && field !== 'order')
  if (found.marks.length < maxMarks) {
    found.marks.push(`${field}:${cached === undefined ? 'none' : isShared ? digest(cached) : 'withheld'}`)
  }
  if (found.shown.length >= maxShown) return
  found.shown.push({
    field: field || 'all of it',
    cached: cached === undefined ? null : isShared ? short(cached) : withheld,
    truth: truth === undefined ? null : short(truth),
  })
}

/** With its own names, of which the source has none. */
const isNested = (value: Json | undefined): boolean =>
  typeof value === 'object' && value !== null && digitsOf(value) === undefined

const isTimeline = (value: Json): value is TimelineEvent[] & Json =>
  Array.isArray(value) &&
  value.every(event => isJsonObject(event) && typeof own(event, 'event_id') === 'string')

const own = (map: JsonMap, name: string): Json | undefined =>
  Object.hasOwn(map, name) ? map[name] : undefined

const within = (field: string, name: string): string => (field === '' ? name : `${field}.${name}`)

function short(value: Json): string {
  const text = jsonText(value)
  return text.length > maxText ? `${text.slice(0, maxText - 1)}…` : text
}

const digest = (value: Json): string =>
  createHash('sha256').update(jsonText(value)).digest('base64url').slice(0, 12)
