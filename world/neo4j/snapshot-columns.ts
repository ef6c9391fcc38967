import type { Snapshot } from '../../model/state.ts'
import type { Row } from './connection.ts'
import { type Reader, type Report, toAny, toMap, toText } from './values.ts'

/** How each field of a snapshot but the world's id is read. */
export const snapshotReaders = {
  world_name: toText,
  world_status: toText,
  current_time: toText,
  last_evolution: toText,
  evolution_schedule: toAny,
  active_characters: toMap,
  active_locations: toMap,
  active_objects: toMap,
  metadata: toMap,
} satisfies { [field in Exclude<keyof Snapshot, 'world_id'>]: Reader<Snapshot[field]> }
export type SnapshotField = keyof typeof snapshotReaders
export const snapshotFields = Object.keys(snapshotReaders) as SnapshotField[]
export const snapshotColumns = ['world_id', ...snapshotFields]

const times = ['current_time', 'last_evolution']

/** Cypher: one row of `snapshotColumns` if the world is there. */
export const snapshotCypher = `MATCH (w:World {world_id: $worldId}) RETURN ${snapshotColumns
  .map(name => `${times.includes(name) ? `toStringOrNull(w.${name})` : `w.${name}`} AS ${name}`)
  .join(', ')} LIMIT 1`

/** The snapshot of such a row. */
export function snapshotOf(row: Row, report: Report): Snapshot {
  const snapshot: Row = { world_id: toText(row['world_id']) ?? '' }
  for (const name of snapshotFields) snapshot[name] = snapshotReaders[name](row[name], report, name)
  return snapshot as unknown as Snapshot
}
