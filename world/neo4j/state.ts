import { HearthError } from '../../errors.ts'
import type { Flags, Json, Snapshot } from '../world.ts'
import type { Query, Row } from './connection.ts'
import { fromAny, toAny, toMap, toText } from './values.ts'

/** Cypher: one row `flags` if the world is there. */
export const flagsCypher = 'MATCH (w:World {world_id: $worldId}) RETURN w.world_flags AS flags LIMIT 1'

const textFields = ['world_name', 'world_status', 'current_time', 'last_evolution'] as const
const mapFields = ['active_characters', 'active_locations', 'active_objects', 'metadata'] as const
const timeFields: readonly string[] = ['current_time', 'last_evolution']

export const snapshotColumns = ['world_id', ...textFields, 'evolution_schedule', ...mapFields] as const

/** Cypher: one row of `snapshotColumns` if the world is there. */
export const snapshotCypher = `MATCH (w:World {world_id: $worldId}) RETURN ${snapshotColumns
  .map(name => `${timeFields.includes(name) ? `toStringOrNull(w.${name})` : `w.${name}`} AS ${name}`)
  .join(', ')} LIMIT 1`

export const flagsOf = (row: Row): Flags => toMap(row['flags'])

export function snapshotOf(row: Row): Snapshot {
  return {
    world_id: toText(row['world_id']) ?? '',
    world_name: toText(row['world_name']),
    world_status: toText(row['world_status']),
    current_time: toText(row['current_time']),
    last_evolution: toText(row['last_evolution']),
    evolution_schedule: toAny(row['evolution_schedule']),
    active_characters: toMap(row['active_characters']),
    active_locations: toMap(row['active_locations']),
    active_objects: toMap(row['active_objects']),
    metadata: toMap(row['metadata']),
  }
}

/**
 * Holds the world's node until the transaction ends, so that writes to one world follow one another: what a later
 * query of the transaction reads is the newest, and nothing is made twice where no constraint forbids it.
 * @throws HearthError `WorldNotFound`
 */
export async function lockWorld(query: Query, worldId: string): Promise<void> {
  const lock = `MATCH (w:World {world_id: $worldId}) SET w.hearth_lock = true REMOVE w.hearth_lock RETURN 1 AS one`
  const rows = await query(lock, { worldId })
  if (rows.length === 0) {
    throw new HearthError('WorldNotFound', `worldId: there is no world ${JSON.stringify(worldId)}`)
  }
}

/** Merges into the flags; `null` removes one. Returns all that the truth holds then. */
export async function mergeFlags(query: Query, worldId: string, patch: Flags): Promise<Flags> {
  await lockWorld(query, worldId)
  const [row = {}] = await query(flagsCypher, { worldId })
  const merged = Object.entries({ ...flagsOf(row), ...patch })
  const flags = Object.fromEntries(merged.filter(([, value]) => value !== null && value !== undefined))
  await query('MATCH (w:World {world_id: $worldId}) SET w.world_flags = $flags, w.last_updated = $now', {
    worldId,
    flags: JSON.stringify(flags),
    now: new Date().toISOString(),
  })
  return flags
}

/** Creates the world, or sets those fields of its snapshot that are given. Returns the whole snapshot. */
export async function mergeSnapshot(
  query: Query,
  worldId: string,
  snapshot: Partial<Snapshot>,
): Promise<Snapshot> {
  const now = new Date().toISOString()
  await query(
    `MERGE (w:World {world_id: $worldId}) ON CREATE SET w.created_at = $now
    SET w += $fields, w.last_updated = $now`,
    { worldId, fields: storedFields(snapshot), now },
  )
  const [row = {}] = await query(snapshotCypher, { worldId })
  return snapshotOf(row)
}

function storedFields(snapshot: Partial<Snapshot>): Record<string, string | null> {
  const isMap = (name: string): boolean => (mapFields as readonly string[]).includes(name)
  const stored: Record<string, string | null> = {}
  for (const name of snapshotColumns) {
    const value: Json | undefined = snapshot[name]
    if (name === 'world_id' || value === undefined) continue
    if (name === 'evolution_schedule') stored[name] = fromAny(value)
    else stored[name] = isMap(name) ? JSON.stringify(value ?? {}) : toText(value)
  }
  return stored
}
