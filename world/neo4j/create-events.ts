import type { Integer } from 'neo4j-driver'
import { parseTimestamp } from '../../model/timestamp.ts'
import type { NewEvent } from '../../model/world-data.ts'
import type { Query } from './connection.ts'
import type { WriteOptions } from './put-entities.ts'
import { storedEvent, storedFields } from './stored-event.ts'

/** Where an event stands: positions in the query's list of timelines, of those in the index and of the others. */
export interface Places {
  indexed: Integer[]
  plain: Integer[]
}

export interface CreatedEvents {
  /** The `elementId` of each timeline, and its entity's id. */
  timelines: string[][]
  rows: (readonly [NewEvent, Places])[]
}

/** Makes events that are not there. One that has just been made stands nowhere, so its places are made without a look. */
export async function createEvents(
  query: Query,
  { worldId, indexed }: WriteOptions,
  { timelines, rows }: CreatedEvents,
): Promise<void> {
  const now = new Date().toISOString()
  await query(create, {
    worldId,
    mark: indexed ? worldId : null,
    timelines,
    rows: rows.map(([event, places]) => {
      const stored = storedEvent(event)
      stored.created_at ??= now
      const values = storedFields.map(field => stored[field] ?? null)
      return [event.event_id, parseTimestamp(event.timestamp), places.indexed, places.plain, ...values]
    }),
  })
}

/** Cypher: the timeline `t` at the position `place`. */
export const matchTimeline = 'MATCH (t) WHERE elementId(t) = $timelines[place][0]'
/** Cypher: the properties of a place by which it is found in the index. */
export const inIndex = (at: string, eventId: string): string =>
  `{world_id: $worldId, entity_id: $timelines[place][1], at: ${at}, event_id: ${eventId}}`

/** The values follow the key, the time and the two lists of places. */
const properties = storedFields.map((field, i) => `${field}: row[${i + 4}]`)

/**
 * Rows are lists: of maps, the driver would make and Neo4j read the text of each name in each row, which takes both of them
 * twice as long.
 */
const create = `UNWIND $rows AS row
CREATE (e:TimelineEvent {event_id: row[0], world_id: $mark, ${properties.join(', ')}})
WITH e, row
CALL (e, row) {
  UNWIND row[2] AS place ${matchTimeline}
  CREATE (t)-[:CONTAINS_EVENT ${inIndex('row[1]', 'row[0]')}]->(e) CREATE (e)-[:INDEXED_ON]->(t)
}
CALL (e, row) { UNWIND row[3] AS place ${matchTimeline} CREATE (t)-[:CONTAINS_EVENT]->(e) }`
