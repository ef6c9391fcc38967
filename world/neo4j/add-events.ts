import { chunk, partition } from 'es-toolkit'
import { namesOf } from '../../model/new-events.ts'
import { parseTimestamp } from '../../model/timestamp.ts'
import type { NewEvent } from '../../model/world-data.ts'
import type { Query, Row } from './connection.ts'
import { type EventPlaces, placesOfEvents } from './event-places.ts'
import { lockWorld } from './graph.ts'
import type { WriteOptions } from './put-entities.ts'
import { replacedEvent, storedEvent } from './stored-event.ts'

/** How many events one query carries. */
const batchSize = 1_000

/**
 * Adds events to the timelines of all entities of the world that they name, making timelines on the way; one that
 * is there already (the same `event_id`) is updated in the fields that are given, and stands where it stood, too.
 *
 * The transaction holds the world, and what is there is looked up before anything is made, by one seek (or, without
 * indexes, one scan) for all: `MERGE` would scan for each, and could not tell the worlds of a graph without world
 * ids apart. New events on timelines that are there take two queries in all.
 */
export async function addEvents(
  query: Query,
  options: WriteOptions,
  events: readonly NewEvent[],
): Promise<string[]> {
  if (events.length === 0) await lockWorld(query, options.worldId)
  const byId = [...new Map(events.map(event => [event.event_id, event])).values()]
  const changed = new Set<string>()
  for (const batch of chunk(byId, batchSize)) {
    for (const id of await addBatch(query, options, batch)) changed.add(id)
  }
  return [...changed]
}

/** Answers whose timelines hold events that were there already. */
async function addBatch(query: Query, options: WriteOptions, events: readonly NewEvent[]): Promise<string[]> {
  const { worldId } = options
  const places = await placesOfEvents(query, options, {
    entityIds: [...new Set(events.flatMap(namesOf))],
    eventIds: events.map(({ event_id }) => event_id),
  })
  const [known, created] = partition(events, ({ event_id }) => places.found.has(event_id))
  const written = { worldId, timelines: [...places.timelines.values()].map(({ node }) => node) }
  const toRow = rowsFor(options, places)
  if (created.length > 0) {
    await query(createEvents, { ...written, rows: created.map(toRow), now: new Date().toISOString() })
  }
  if (known.length === 0) return []
  const rows = known.map(toRow)
  await query(updateEvents, { ...written, rows })
  await query(moveInIndex, { rows })
  const stand = await query(standsOn, { nodes: rows.map(({ node }) => node) })
  return stand.map(row => row['id'] as string)
}

/** An event as the queries below take it. */
interface EventRow {
  key: string
  /** Of one that is there already. */
  node: string | null
  props: Row
  at: bigint | null
  /** Where it stands: timelines that bear the world's id, and those that do not, by their position in the query's list. */
  indexed: { entityId: string; timeline: bigint }[]
  plain: { timeline: bigint }[]
}

function rowsFor({ worldId, indexed }: WriteOptions, { timelines, found }: EventPlaces) {
  const positions = new Map([...timelines.keys()].map((id, position) => [id, BigInt(position)]))
  return (event: NewEvent): EventRow => {
    const before = found.get(event.event_id)
    // An `event_id` that the game keeps as an INTEGER stays one.
    const { event_id: key, ...fields } = before ? replacedEvent(event, before.stored) : storedEvent(event)
    const places = namesOf(event).flatMap(entityId => {
      const timeline = positions.get(entityId)
      return timeline === undefined ? [] : [{ entityId, timeline }]
    })
    const [onIndexed, onPlain] = partition(
      places,
      ({ entityId }) => timelines.get(entityId)?.isIndexed === true,
    )
    return {
      key: key as string,
      node: before?.node ?? null,
      props: indexed ? { ...fields, world_id: worldId } : fields,
      at: parseTimestamp(event.timestamp),
      indexed: onIndexed,
      plain: onPlain,
    }
  }
}

const matchTimeline = 'MATCH (t) WHERE elementId(t) = $timelines[place.timeline]'
const inIndex = '{world_id: $worldId, entity_id: place.entityId, at: row.at, event_id: row.key}'

/** An event that has just been made stands nowhere. */
const createEvents = `UNWIND $rows AS row
CREATE (e:TimelineEvent {event_id: row.key, created_at: $now}) SET e += row.props
WITH e, row
CALL (e, row) {
  UNWIND row.indexed AS place ${matchTimeline}
  CREATE (t)-[:CONTAINS_EVENT ${inIndex}]->(e) CREATE (e)-[:INDEXED_ON]->(t)
}
CALL (e, row) { UNWIND row.plain AS place ${matchTimeline} CREATE (t)-[:CONTAINS_EVENT]->(e) }`

const updateEvents = `UNWIND $rows AS row
MATCH (e) WHERE elementId(e) = row.node SET e += row.props
WITH e, row
CALL (e, row) {
  UNWIND row.indexed AS place ${matchTimeline}
  MERGE (t)-[r:CONTAINS_EVENT]->(e) SET r += ${inIndex} MERGE (e)-[:INDEXED_ON]->(t)
}
CALL (e, row) { UNWIND row.plain AS place ${matchTimeline} MERGE (t)-[:CONTAINS_EVENT]->(e) }`

/** An event whose timestamp has changed moves on timelines, too, that it is no longer said to stand on. */
const moveInIndex = `UNWIND $rows AS row
MATCH (e) WHERE elementId(e) = row.node
MATCH (e)<-[r:CONTAINS_EVENT]-() WHERE r.at IS NOT NULL AND r.at <> row.at
SET r.at = row.at`

const standsOn = `MATCH (e) WHERE elementId(e) IN $nodes
MATCH (e)<-[:CONTAINS_EVENT]-(t)
WITH DISTINCT toStringOrNull(t.entity_id) AS id WHERE id IS NOT NULL
RETURN id`
