import { HearthError } from '../../model/errors.ts'
import { checkFlags, checkSnapshot } from '../../model/input.ts'
import { copyJson, jsonText, withDigitsOf } from '../../model/json.ts'
import type { Flags, Snapshot } from '../../model/world-data.ts'
import type { World, WriteThrough } from '../world.ts'
import type { Query, Row } from './connection.ts'
import type { Context } from './context.ts'
import { holdWorld, lockWorld } from './graph.ts'
import { writeOutboxNode } from './outbox.ts'
import { inTypeOf, isTemporal, wholeAny, wholeMap } from './stored-event.ts'
import { fromAny, type Reader, type Report, toAny, toMap, toText } from './values.ts'

/** How each field of a snapshot but the world's id is read. */
const snapshotReaders = {
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
type SnapshotField = keyof typeof snapshotReaders
const snapshotFields = Object.keys(snapshotReaders) as SnapshotField[]
export const snapshotColumns = ['world_id', ...snapshotFields]

const times = ['current_time', 'last_evolution']

/** Cypher: one row of `snapshotColumns` if the world is there. */
const snapshotCypher = `MATCH (w:World {world_id: $worldId}) RETURN ${snapshotColumns
  .map(name => `${times.includes(name) ? `toStringOrNull(w.${name})` : `w.${name}`} AS ${name}`)
  .join(', ')} LIMIT 1`

function snapshotOf(row: Row, report: Report): Snapshot {
  const snapshot: Row = { world_id: toText(row['world_id']) ?? '' }
  for (const name of snapshotFields) snapshot[name] = snapshotReaders[name](row[name], report, name)
  return snapshot as unknown as Snapshot
}

const flagsCypher = 'MATCH (w:World {world_id: $worldId}) RETURN w.world_flags AS flags LIMIT 1'

export function stateOf(context: Context): Pick<World, 'flags' | 'snapshot' | 'setFlags' | 'saveSnapshot'> {
  const { connection, own, privacy, reportOf, fleet, bookmarksOf } = context
  const reportIn = (worldId: string) => reportOf(worldId, 'World', null)

  /** A transaction of this write, whose first query locks the world, and of what goes with it. */
  const write = <T>(through: WriteThrough | undefined, worldId: string, work: (query: Query) => Promise<T>) =>
    connection.write(async query => {
      const written = await work(query)
      if (!through) return written
      await writeOutboxNode({ run: query }, { worldId, fleet, ...through.outbox })
      await through.beforeCommit()
      return written
    }, bookmarksOf(worldId))

  return {
    async flags(worldId) {
      const [row] = await connection.read(own.flags ?? flagsCypher, { worldId })
      return row ? privacy.flags(toMap(row['flags'], reportIn(worldId), 'world_flags')) : null
    },
    async snapshot(worldId) {
      const [row] = await connection.read(own.snapshot ?? snapshotCypher, { worldId })
      return row ? privacy.snapshot(snapshotOf(row, reportIn(worldId))) : null
    },
    async setFlags(worldId, given, through) {
      checkFlags(given)
      const patch = copyJson(given)
      return privacy.flags(await write(through, worldId, query => mergeFlags(query, worldId, patch)))
    },
    async saveSnapshot(worldId, given, through) {
      checkSnapshot(given)
      const patch = copyJson(given)
      const saved = await write(through, worldId, async query => {
        await mergeSnapshot(query, worldId, patch)
        const [row = {}] = await query(snapshotCypher, { worldId })
        return snapshotOf(row, reportIn(worldId))
      })
      return privacy.snapshot(saved)
    },
  }
}

/**
 * Merges into the flags; `null` removes one. Returns all that Neo4j holds then.
 * @throws HearthError `WorldNotFound`; `WorldRefused` where the flags that are there cannot be read whole
 */
async function mergeFlags(query: Query, worldId: string, patch: Flags): Promise<Flags> {
  await lockWorld(query, worldId)
  const cypher = 'MATCH (w:World {world_id: $worldId}) RETURN w {.world_flags, .last_updated} AS stored'
  const [row = {}] = await query(cypher, { worldId })
  const { world_flags: value, last_updated: lastUpdated } = row['stored'] as Row
  const stored = wholeMap({ of: nameOf(worldId), property: 'world_flags', value })
  const merged = Object.entries({ ...stored, ...withDigitsOf(stored, patch) })
  const flags = Object.fromEntries(merged.filter(([, flag]) => flag !== null && flag !== undefined))
  await query('MATCH (w:World {world_id: $worldId}) SET w.world_flags = $flags, w.last_updated = $now', {
    worldId,
    flags: jsonText(flags),
    now: inTypeOf(lastUpdated, new Date().toISOString()),
  })
  return flags
}

/**
 * Creates the world, or sets those fields of its snapshot that are given.
 * @throws HearthError `WorldRefused` where a field that is given stands in place of one that cannot be read whole
 */
async function mergeSnapshot(query: Query, worldId: string, snapshot: Partial<Snapshot>): Promise<void> {
  const now = new Date().toISOString()
  const [before = {}] = await query(
    `MERGE (w:World {world_id: $worldId}) ON CREATE SET w.created_at = $now ${holdWorld}
    RETURN w {.last_updated, ${snapshotColumns.map(name => `.${name}`)}} AS stored`,
    { worldId, now },
  )
  const stored = before['stored'] as Row
  const given = snapshotFields.filter(name => snapshot[name] !== undefined)
  const fields = given.map(name => [name, storedField(nameOf(worldId), name, { snapshot, stored })])
  await query('MATCH (w:World {world_id: $worldId}) SET w += $fields, w.last_updated = $now', {
    worldId,
    fields: Object.fromEntries(fields),
    now: inTypeOf(stored['last_updated'], now),
  })
}

function storedField(
  of: string,
  property: SnapshotField,
  { snapshot, stored }: { snapshot: Partial<Snapshot>; stored: Row },
): unknown {
  const value = snapshot[property] ?? null
  const before = stored[property]
  if (snapshotReaders[property] === toMap) {
    return jsonText(withDigitsOf(wholeMap({ of, property, value: before }), value ?? {}))
  }
  if (property === 'evolution_schedule') {
    return inTypeOf(before, fromAny(withDigitsOf(wholeAny({ of, property, value: before }), value)))
  }
  const field = inTypeOf(before, value)
  if (!isTemporal(before) || typeof field !== 'string') return field
  throw new HearthError(
    'WorldRefused',
    `${property} of ${of}: Neo4j holds a date or datetime there, so it must be ISO text, like 0120-03-01T12:00:00, ` +
      `not ${JSON.stringify(value)}; nothing was written`,
  )
}

const nameOf = (worldId: string): string => `world ${JSON.stringify(worldId)}`
