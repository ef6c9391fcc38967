import { z } from 'zod'
import { HearthError } from './errors.ts'
import { ExactNumber, isJsonObject, type Json, withoutDigits } from './json.ts'
import type { Item } from './kind.ts'
import { defaultPrivateNames, joinedWords, privateNameJudge } from './private-names.ts'
import type { OwnKind } from './source.ts'
import {
  type Entity,
  emptyEvent,
  emptySnapshot,
  type Flags,
  type NewEvent,
  type Snapshot,
  type TimelineEvent,
} from './world-data.ts'

/** The kinds of value that have a list of cached fields of their own. */
const fieldKinds = ['character', 'location', 'object', 'event', 'snapshot'] as const
type FieldKind = (typeof fieldKinds)[number]

/** What may leave the source. */
export interface PrivacyOptions {
  /**
   * Names that look private, as words (`'api key'`); a field so named is dropped, however deep it lies.
   * A list stands in place of the default one; `add` and `remove` change it. Default: `defaultPrivateNames`.
   */
  privateNames?: readonly string[] | { add?: readonly string[]; remove?: readonly string[] }
  /**
   * The fields that are kept of each kind, by their exact names; private names among them are dropped all the same.
   * `id`, `type`, `name`, `event_id`, `timestamp` and `world_id` always stay. Default: `'all'`.
   */
  fields?: { [kind in FieldKind]?: readonly string[] | 'all' }
}

/**
 * Takes out of a value what must not be cached. A clean value comes back as the very same object; none is ever
 * changed. Events and snapshots keep their shape: a field of theirs that is taken out is emptied (null, [] or {}).
 */
export interface Privacy {
  entity(entity: Entity): Entity
  event(event: TimelineEvent): TimelineEvent
  snapshot(snapshot: Snapshot): Snapshot
  flags(flags: Flags): Flags
  /** Any other value, whatever its names. */
  value(value: Json): Json
}

type JsonMap = { [key: string]: Json }
type Keeps = (name: string) => boolean

/** What options come to, the same for options that keep the same fields, however they are written. */
export function privacyRules(options: PrivacyOptions = {}): Readonly<Record<string, unknown>> {
  const names = privateTerms(options.privateNames).map(joinedWords)
  const fieldsOf = (kind: FieldKind) => {
    const fields = options.fields?.[kind] ?? 'all'
    return [kind, fields === 'all' ? 'all' : [...new Set(fields)].sort()]
  }
  return { privateNames: [...new Set(names)].sort(), fields: Object.fromEntries(fieldKinds.map(fieldsOf)) }
}

/** @throws HearthError `InvalidConfig`, naming the option and what would be right. */
export function createPrivacy(options: PrivacyOptions = {}): Privacy {
  checkOptions(options)
  const isPrivate = remembered(privateNameJudge(privateTerms(options.privateNames)))
  const isPublic: Keeps = name => !isPrivate(name)

  const keepsOf = (kind: FieldKind, always = ['id', 'type', 'name']): Keeps => {
    const listed = options.fields?.[kind] ?? 'all'
    const isListed: Keeps = listed === 'all' ? () => true : name => listed.includes(name)
    return remembered(name => always.includes(name) || (isListed(name) && isPublic(name)))
  }
  const entityKeeps = {
    character: keepsOf('character'),
    location: keepsOf('location'),
    object: keepsOf('object'),
  }
  const eventKeeps = keepsOf('event', ['event_id', 'timestamp'])
  const snapshotKeeps = keepsOf('snapshot', ['world_id'])

  const clean = (value: Json): Json => {
    if (typeof value !== 'object' || value === null || (value as unknown) instanceof ExactNumber) return value
    return Array.isArray(value) ? cleanList(value) : cleanMap(value, isPublic, clean)
  }
  const cleanList = (list: Json[]): Json[] => {
    let copy: Json[] | undefined
    list.forEach((item, i) => {
      const cleaned = clean(item)
      if (!copy && cleaned !== item) copy = list.slice(0, i)
      copy?.push(cleaned)
    })
    return copy ?? list
  }
  /** The names in `active_characters` and the like are ids, and an id may well hold the word "secret". */
  const cleanSnapshotField = (value: Json, name: string): Json =>
    idMaps.has(name) && isJsonObject(value) ? cleanMap(withoutMarked(value), () => true, clean) : clean(value)

  return {
    entity: entity => cleanMap(entity, entityKeeps[entity.type], clean) as Entity,
    event: event => cleanMap(event, eventKeeps, clean, emptyEvent),
    snapshot: snapshot => cleanMap(snapshot, snapshotKeeps, cleanSnapshotField, emptySnapshot),
    flags: flags => cleanMap(flags, isPublic, clean),
    value: clean,
  }
}

/** See `World.readable`. The event may have `private` and `created_at` beside the fields that a reader gets. */
export function readableEvent(
  privacy: Privacy,
  {
    private: mark,
    created_at: _neverShown,
    ...fields
  }: NewEvent & { private?: unknown; created_at?: unknown },
): NewEvent | null {
  return meansPrivate(mark) ? null : privacy.event(fields as TimelineEvent)
}

const idMaps = new Set(['active_characters', 'active_locations', 'active_objects'])

/** Without the entities that are marked as private there. */
function withoutMarked(entities: JsonMap): JsonMap {
  const isMarked = (entity: Json): boolean => isJsonObject(entity) && meansPrivate(entity['private'])
  if (!Object.values(entities).some(isMarked)) return entities
  return Object.fromEntries(Object.entries(entities).filter(([, entity]) => !isMarked(entity)))
}

/**
 * One pass, and a copy only from the first difference on. The copy is made from entries, so that a field named
 * `__proto__` stays a field.
 */
function cleanMap<T extends object>(
  map: T,
  keeps: Keeps,
  clean: (value: Json, name: string) => Json,
  empty: object = {},
): T {
  const source = map as unknown as JsonMap
  let copy: [string, Json][] | undefined
  let seen = 0
  for (const name in source) {
    const value = source[name] ?? null
    const kept = keeps(name)
    const cleaned = kept ? clean(value, name) : value
    if (!copy && (!kept || cleaned !== value)) copy = Object.entries(source).slice(0, seen)
    if (copy && kept) copy.push([name, cleaned])
    else if (copy && Object.hasOwn(empty, name))
      copy.push([name, structuredClone((empty as JsonMap)[name]) ?? null])
    seen++
  }
  return copy ? (Object.fromEntries(copy) as T) : map
}

/** Verdicts by name. Bounded, since a game may make up names without end; a graph has a few dozen. */
function remembered(judge: Keeps): Keeps {
  const verdicts = new Map<string, boolean>()
  return name => {
    const known = verdicts.get(name)
    if (known !== undefined) return known
    const verdict = judge(name)
    if (verdicts.size >= 10_000) verdicts.clear()
    if (name.length <= 256) verdicts.set(name, verdict)
    return verdict
  }
}

function privateTerms(names: PrivacyOptions['privateNames'] = {}): readonly string[] {
  if (Array.isArray(names)) return names
  const { add = [], remove = [] } = names as { add?: readonly string[]; remove?: readonly string[] }
  const removed = new Map(remove.map(term => [joinedWords(term), term]))
  const kept = defaultPrivateNames.filter(term => !removed.delete(joinedWords(term)))
  for (const term of removed.values()) {
    throw new HearthError(
      'InvalidConfig',
      `privateNames.remove: ${JSON.stringify(term)} is not a private name; they are: ${defaultPrivateNames.join(', ')}`,
    )
  }
  return [...kept, ...add]
}

const termList = z.array(z.string().refine(term => joinedWords(term) !== '', 'must hold a letter or a digit'))
const fieldList = z.union(
  [z.literal('all'), z.array(z.string().min(1))],
  "must be 'all' or a list of field names",
)
/** What is right for them, option by option. */
export const privacyOptions = z.strictObject({
  privateNames: z
    .union(
      [termList, z.strictObject({ add: termList.optional(), remove: termList.optional() })],
      "must be a list of names that hold a letter or a digit ('api key'), or { add, remove } with such lists",
    )
    .optional(),
  fields: z.strictObject(Object.fromEntries(fieldKinds.map(kind => [kind, fieldList.optional()]))).optional(),
})

function checkOptions(options: PrivacyOptions): void {
  const { error } = privacyOptions.safeParse(options)
  if (!error) return
  const problems = error.issues.map(issue => `${issue.path.join('.') || 'privacy'}: ${issue.message}`)
  throw new HearthError('InvalidConfig', problems.join('; '))
}

/** What of a `private` property says that its node is public, as text in lower case. */
export const publicMarks: readonly string[] = ['false', '0', '0.0', '-0.0', '']

/**
 * Whether the `private` property of an entity or event makes it private: in case of doubt it does. Public is what has
 * none, and `false`, zero and empty text, also as text and in any case (`'False'`); every other value is private:
 * `true`, `1`, `'yes'`, `'no'`, a list. `isPublic` in neo4j/graph.ts is the same rule in Cypher.
 */
export function meansPrivate(mark: unknown): boolean {
  if (mark === undefined || mark === null) return false
  if (mark instanceof ExactNumber) return Number(mark) !== 0
  if (typeof mark === 'object') return true
  return !publicMarks.includes(String(mark).toLowerCase())
}

const maxProblems = 5

/** What may be read of a value of a kind of one's own. Throws `ColumnMismatch`, naming the kind, the entry and the field. */
export function ownValue<Value>(
  { kind, privacy }: { kind: OwnKind<Value>; privacy: Pick<Privacy, 'value'> },
  item: Item,
  raw: Json,
): Value | null {
  if (raw === null) return null
  const clean = privacy.value(raw)
  const { success, error } = kind.value.safeParse(withoutDigits(clean))
  if (success) return clean as Value
  const problems = error.issues.map(({ path, message }) => `${path.join('.') || 'value'}: ${message}`)
  const whose =
    item === null
      ? 'its value'
      : `the value of ${typeof item === 'string' ? item : `${item.type} ${item.id}`}`
  throw new HearthError(
    'ColumnMismatch',
    `the kind ${kind.name}: ${whose} does not fit its schema: ${problems.slice(0, maxProblems).join('; ')}`,
  )
}
