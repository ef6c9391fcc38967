import { withDigitsOf } from '../../model/digits.ts'
import { HearthError } from '../../model/errors.ts'
import type { Json } from '../../model/json.ts'
import { isJsonObject, jsonText } from '../../model/json-text.ts'
import type { Flags, Snapshot } from '../../model/state.ts'
import type { Query, Row } from './connection.ts'
import { inTypeOf, isTemporal } from './kept-type.ts'
import { readWhole } from './stored-json.ts'
import { fromAny, isBlank, looksLikeJson, type Report, toAny, toMap, toText } from './values.ts'

/** Cypher: one row `flags` if the world is there. */
export const flagsCypher = 'MATCH (w:World {world_id: $worldId}) RETURN w.world_flags AS flags LIMIT 1'

const timeFields = ['current_time', 'last_evolution'] as const
const textFields = ['world_name', 'world_status', ...timeFields] as const
const mapFields = ['active_characters', 'active_locations', 'active_objects', 'metadata'] as const

export const snapshotColumns = ['world_id', ...textFields, 'evolution_schedule', ...mapFields] as const

const isTime = (name: string): boolean => (timeFields as readonly string[]).includes(name)
const isMap = (name: string): boolean => (mapFields as readonly string[]).includes(name)

/** Cypher: one row of `snapshotColumns` if the world is there. */
export const snapshotCypher = `MATCH (w:World {world_id: $worldId}) RETURN ${snapshotColumns
  .map(name => `${isTime(name) ? `toStringOrNull(w.${name})` : `w.${name}`} AS ${name}`)
  .join(', ')} LIMIT 1`

export const flagsOf = (row: Row, report: Report): Flags => toMap(row['flags'], report, 'world_flags')

export function snapshotOf(row: Row, report: Report): Snapshot {
  const text = (name: (typeof textFields)[number]) => toText(row[name], report, name)
  const map = (name: (typeof mapFields)[number]) => toMap(row[name], report, name)
  return {
    world_id: toText(row['world_id']) ?? '',
    world_name: text('world_name'),
    world_status: text('world_status'),
    current_time: text('current_time'),
    last_evolution: text('last_evolution'),
    evolution_schedule: toAny(row['evolution_schedule'], report, 'evolution_schedule'),
    active_characters: map('active_characters'),
    active_locations: map('active_locations'),
    active_objects: map('active_objects'),
    metadata: map('metadata'),
  }
}

/** Holds the node of `w` until the transaction ends. */
const hold = 'SET w.hearth_lock = true REMOVE w.hearth_lock'

/**
 * Holds the world's node until the transaction ends, so that writes to one world follow one another: what a later
 * query of the transaction reads is the newest, and nothing is made twice where no constraint forbids it.
 * @throws HearthError `WorldNotFound`
 */
export async function lockWorld(query: Query, worldId: string): Promise<void> {
  const rows = await query(`MATCH (w:World {world_id: $worldId}) ${hold} RETURN 1 AS one`, { worldId })
  if (rows.length === 0) {
    throw new HearthError('WorldNotFound', `worldId: there is no world ${JSON.stringify(worldId)}`)
  }
}

/**
 * Merges into the flags; `null` removes one. Returns all that the truth holds then.
 * @throws HearthError `WorldNotFound`; `WorldRefused` where the flags that are there cannot be read whole
 */
export async function mergeFlags(query: Query, worldId: string, patch: Flags): Promise<Flags> {
  await lockWorld(query, worldId)
  const cypher = `MATCH (w:World {world_id: $worldId})
    RETURN w.world_flags AS world_flags, w.last_updated AS last_updated`
  const [row = {}] = await query(cypher, { worldId })
  const stored = wholeMap(worldOf(worldId), 'world_flags', row['world_flags'])
  const merged = Object.entries({ ...stored, ...withDigitsOf(stored, patch) })
  const flags = Object.fromEntries(merged.filter(([, value]) => value !== null && value !== undefined))
  await query('MATCH (w:World {world_id: $worldId}) SET w.world_flags = $flags, w.last_updated = $now', {
    worldId,
    flags: jsonText(flags),
    now: inTypeOf(row['last_updated'], new Date().toISOString()),
  })
  return flags
}

/**
 * Creates the world, or sets those fields of its snapshot that are given.
 * @throws HearthError `WorldRefused` where a field that is given stands in place of one that cannot be read whole
 */
export async function mergeSnapshot(
  query: Query,
  worldId: string,
  snapshot: Partial<Snapshot>,
): Promise<void> {
  const now = new Date().toISOString()
  const [before = {}] = await query(
    `MERGE (w:World {world_id: $worldId}) ON CREATE SET w.created_at = $now ${hold}
    RETURN w {.last_updated, ${snapshotColumns.map(name => `.${name}`)}} AS stored`,
    { worldId, now },
  )
  const stored = before['stored'] as Row
  const fields = storedFields(worldId, snapshot, stored)
  await query('MATCH (w:World {world_id: $worldId}) SET w += $fields, w.last_updated = $now', {
    worldId,
    fields,
    now: inTypeOf(stored['last_updated'], now),
  })
}

function storedFields(worldId: string, given: Partial<Snapshot>, stored: Row): Row {
  const of = worldOf(worldId)
  const fields: Row = {}
  for (const name of snapshotColumns) {
    const value: Json | undefined = given[name]
    if (name === 'world_id' || value === undefined) continue
    if (isMap(name)) fields[name] = jsonText(withDigitsOf(wholeMap(of, name, stored[name]), value ?? {}))
    else if (name === 'evolution_schedule') {
      fields[name] = inTypeOf(stored[name], fromAny(withDigitsOf(wholeAny(of, name, stored[name]), value)))
    } else {
      fields[name] = inTypeOf(stored[name], value)
      if (isTemporal(stored[name]) && typeof fields[name] === 'string') throw noTime(of, name, value)
    }
  }
  return fields
}

const worldOf = (worldId: string): string => `world ${JSON.stringify(worldId)}`

/** A JSON object to merge into or to replace. @throws HearthError `WorldRefused` */
export function wholeMap(of: string, property: string, stored: unknown): Record<string, Json> {
  if (stored === null || stored === undefined || (typeof stored === 'string' && isBlank(stored))) return {}
  if (typeof stored !== 'string') throw notWhole(of, property, 'it is not text')
  const read = readWhole(stored)
  if ('fault' in read) throw notWhole(of, property, read.fault)
  if (isJsonObject(read.value)) return read.value
  throw notWhole(of, property, `not an object at position ${stored.search(/\S/)}`)
}

/** What a property holds that may be JSON text or plain text. @throws HearthError `WorldRefused` */
export function wholeAny(of: string, property: string, stored: unknown): Json {
  if (typeof stored !== 'string' || !looksLikeJson(stored)) return toAny(stored)
  const read = readWhole(stored)
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

function noTime(of: string, property: string, value: Json): HearthError {
  return new HearthError(
    'WorldRefused',
    `${property} of ${of}: Neo4j holds a date or datetime there, so it must be ISO text, like 0120-03-01T12:00:00, ` +
      `not ${JSON.stringify(value)}; nothing was written`,
  )
}
