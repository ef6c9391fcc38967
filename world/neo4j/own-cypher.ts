import { Neo4jError } from 'neo4j-driver'
import { type CypherRead, cypherReads } from '../../config/define.ts'
import { HearthError } from '../../model/errors.ts'
import type { Kind } from '../../model/kind.ts'
import type { Connection } from './connection.ts'
import { snapshotColumns } from './state.ts'
import { eventFields } from './timelines.ts'

/**
 * Cypher of your own for each read, for a graph of another shape. Each returns at least the columns named here (more
 * do not matter; what the graph lacks is `null AS title`), and leaves out what is private. Hearth leaves out an entity whose
 * `properties` say so, and an event whose column `private` does, where there is one (`meansPrivate`).
 */
export interface OwnCypher extends Record<CypherRead, string> {
  /** Gets `$worldId`. Column `flags`: a map, or JSON text. No row: there is no such world. */
  flags: string
  /** Gets `$worldId`. One column for each field of `Snapshot`; maps may be JSON text. No row: no such world. */
  snapshot: string
  /** Gets `$worldId`, `$ids`. A row for each character that is there: `id`, `name`, `properties` (a map). */
  characters: string
  /** Likewise. */
  locations: string
  /** Likewise. */
  objects: string
  /**
   * Gets `$worldId`, `$ids` (entities of any type), `$limit`. A row for each of an entity's newest `$limit` events:
   * `entity_id`, and one column for each field of `TimelineEvent`. An entity without events has one row, whose
   * `event_id` is null; one that the world does not have has none. Rows may come in any order.
   */
  timelines: string
  /**
   * Gets `$worldId`, `$type` ('character', 'location', 'object'), `$afterId`, `$limit`. The first `$limit` of the
   * world's entities of that type whose id is greater than `$afterId`, by id: `id`, `active` (false, or anything).
   */
  members: string
}

const entityColumns = ['id', 'name', 'properties']
const columnsOf: Record<CypherRead, readonly string[]> = {
  flags: ['flags'],
  snapshot: snapshotColumns,
  characters: entityColumns,
  locations: entityColumns,
  objects: entityColumns,
  timelines: ['entity_id', ...eventFields],
  members: ['id', 'active'],
}

const anyParameters = {
  worldId: '',
  ids: [''],
  refs: [],
  limit: 1n,
  topK: 1n,
  type: 'character',
  afterId: '',
}

const columnsPer = {
  world: ['value'],
  entity: ['id', 'value'],
  'typed-entity': ['type', 'id', 'value'],
} as const

/**
 * Asks Neo4j, without running them, what queries of the game's own would return.
 * @throws HearthError `ColumnMismatch`, naming the query, the columns it lacks and those it has
 */
export async function checkColumns(
  connection: Connection,
  own: Partial<OwnCypher>,
  kinds: readonly Kind[],
): Promise<void> {
  const reads = cypherReads.map(read => {
    return { name: `cypher.${read}`, cypher: own[read], wanted: columnsOf[read] }
  })
  const queries = kinds.map(({ name, cypher, per }) => {
    return { name: `the cypher of the kind ${name}`, cypher, wanted: columnsPer[per] }
  })
  for (const { name, cypher, wanted } of [...reads, ...queries]) {
    if (cypher === undefined) continue
    const found = await columnsOrReason(connection, name, cypher)
    const missing = wanted.filter(column => !found.includes(column))
    if (missing.length === 0) continue
    const lacks = `lacks the column${missing.length > 1 ? 's' : ''} ${missing.join(', ')}`
    throw new HearthError('ColumnMismatch', `${name}: ${lacks}; it returns ${found.join(', ') || 'none'}`)
  }
}

async function columnsOrReason(connection: Connection, name: string, cypher: string): Promise<string[]> {
  try {
    return await connection.columns(cypher, anyParameters)
  } catch (error) {
    const { cause } = error as HearthError
    if (!(cause instanceof Neo4jError) || !cause.code.startsWith('Neo.ClientError.Statement')) throw error
    throw new HearthError('ColumnMismatch', `${name}: Neo4j refuses it: ${cause.message}`, { cause })
  }
}
