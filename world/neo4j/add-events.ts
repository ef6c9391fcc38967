import { chunk, partition } from 'es-toolkit'
import { int } from 'neo4j-driver'
import { namesOf } from '../../model/new-events.ts'
import { parseTimestamp } from '../../model/timestamp.ts'
import type { NewEvent } from '../../model/world-data.ts'
import type { Query } from './connection.ts'
import { createEvents, inIndex, matchTimeline, type Places } from './create-events.ts'
import { type EventPlaces, type FoundEvent, placesOfEvents } from './event-places.ts'
import { lockWorld } from './graph.ts'
import type { WriteOptions } from './put-entities.ts'
import { replacedEvent } from './stored-event.ts'

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
  const there = await placesOfEvents(query, options, {
    entityIds: [...new Set(events.flatMap(namesOf))],
    eventIds: events.map(({ event_id }) => event_id),
  })
  const [known, created] = partition(events, ({ event_id }) => there.found.has(event_id))
  const placesOf = placesIn(there)
  const timelines = Array.from(there.timelines, ([entityId, { node }]) => [node, entityId])
  if (created.length > 0) {
    await createEvents(query, options, { timelines, rows: created.map(event => [event, placesOf(event)]) })
  }
  if (known.length === 0) return []
  const rows = known.map(event => {
    const { node, stored } = there.found.get(event.event_id) as FoundEvent
    // An `event_id` that the game keeps as an INTEGER stays one.
    const { event_id: key, ...fields } = replacedEvent(event, stored)
    const props = options.indexed ? { ...fields, world_id: worldId } : fields
    return { key, node, props, at: parseTimestamp(event.timestamp), ...placesOf(event) }
  })
  await query(updateEvents, { worldId, timelines, rows })
  await query(moveInIndex, { rows })
  const stand = await query(standsOn, { nodes: rows.map(({ node }) => node) })
  return stand.map(row => row['id'] as string)
}

/** Where an event stands: the positions of timelines that bear the world's id, and of those that do not. */
function placesIn({ timelines }: EventPlaces) {
  const positions = new Map([...timelines.keys()].map((id, position) => [id, int(position)]))
  return (event: NewEvent): Places => {
    const places: Places = { indexed: [], plain: [] }
    for (const id of namesOf(event)) {
      const position = positions.get(id)
      if (position) places[timelines.get(id)?.isIndexed ? 'indexed' : 'plain'].push(position)
    }
    return places
  }
}

const updateEvents = `UNWIND $rows AS row
MATCH (e) WHERE elementId(e) = row.node SET e += row.props
WITH e, row
CALL (e, row) {
  UNWIND row.indexed AS place ${matchTimeline}
  MERGE (t)-[r:CONTAINS_EVENT]->(e) SET r += ${inIndex('row.at', 'row.key')} MERGE (e)-[:INDEXED_ON]->(t)
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
