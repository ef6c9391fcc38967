import { HearthError } from '../../errors.ts'
import { parseTimestamp } from '../timestamp.ts'
import type { EntityType, NewEvent } from '../world.ts'
import type { Query, Row } from './connection.ts'
import { isOurs, matchEntities } from './graph.ts'
import type { WriteOptions } from './put-entities.ts'
import { lockWorld } from './state.ts'
import { fromAny, fromNumber } from './values.ts'

/** How many events one query carries. */
const batchSize = 1_000

/**
 * Adds events to the timelines of all entities of the world that they name, making timelines on the way; one that
 * is there already (the same `event_id`) is updated in the fields that are given, and stands where it stood, too.
 *
 * The transaction holds the world, and what is there is looked up before anything is made, by one seek (or, without
 * indexes, one scan) for all: `MERGE` would scan for each, and could not tell the worlds of a graph without world
 * ids apart.
 */
export async function addEvents(
  query: Query,
  options: WriteOptions,
  events: readonly NewEvent[],
): Promise<void> {
  await lockWorld(query, options.worldId)
  const byId = [...new Map(events.map(event => [event.event_id, event])).values()]
  for (let i = 0; i < byId.length; i += batchSize)
    await addBatch(query, options, byId.slice(i, i + batchSize))
}

/** @throws HearthError `InvalidInput`, naming the event and its field */
export function checkEvents(events: readonly NewEvent[]): void {
  for (const { event_id, timestamp } of events) {
    if (typeof event_id !== 'string' || event_id === '') {
      throw new HearthError(
        'InvalidInput',
        `event_id: must be non-empty text, not ${JSON.stringify(event_id)}`,
      )
    }
    if (typeof timestamp !== 'string' || parseTimestamp(timestamp) === null) {
      const said = `timestamp: ${JSON.stringify(timestamp)} of event ${JSON.stringify(event_id)}`
      throw new HearthError('InvalidInput', `${said} must be ISO text, like 0120-03-01T12:00:00`)
    }
  }
}

async function addBatch(query: Query, options: WriteOptions, events: readonly NewEvent[]): Promise<void> {
  const known = await knownTypes(query, options, [...new Set(events.flatMap(names))])
  const timelines = await timelineNodes(query, options, known)
  const nodes = await eventNodes(query, options, events, [...known.keys()])
  const links = events.flatMap(event =>
    [...new Set(names(event))].flatMap(id => {
      const timeline = timelines.get(id)
      const node = nodes.get(event.event_id)
      return timeline && node
        ? [{ timeline, node, entityId: id, eventId: event.event_id, at: atOf(event) }]
        : []
    }),
  )
  await query(options.indexed ? linkIndexed : linkPlain, { worldId: options.worldId, links })
  await query(moveInIndex, {
    rows: events.map(event => ({ node: nodes.get(event.event_id), at: atOf(event) })),
  })
}

const names = (event: NewEvent): string[] => [
  ...(event.participants ?? []),
  ...(event.location_id ? [event.location_id] : []),
]

const atOf = (event: NewEvent): bigint | null => parseTimestamp(event.timestamp)

const link = `UNWIND $links AS link
MATCH (t) WHERE elementId(t) = link.timeline
MATCH (e) WHERE elementId(e) = link.node
MERGE (t)-[r:CONTAINS_EVENT]->(e)`
const linkPlain = link
const linkIndexed = `${link}
SET r.world_id = $worldId, r.entity_id = link.entityId, r.at = link.at, r.event_id = link.eventId
MERGE (e)-[:INDEXED_ON]->(t)`

/** An event whose timestamp has changed moves on timelines, too, that it is no longer said to stand on. */
const moveInIndex = `UNWIND $rows AS row
MATCH (e) WHERE elementId(e) = row.node
MATCH (e)<-[r:CONTAINS_EVENT]-() WHERE r.at IS NOT NULL AND r.at <> row.at
SET r.at = row.at`

/** Those of the ids that the world knows, with the type of each. */
async function knownTypes(
  query: Query,
  { worldId }: WriteOptions,
  ids: readonly string[],
): Promise<Map<string, EntityType>> {
  const cypher = `MATCH (w:World {world_id: $worldId})
    CALL (w) { ${matchEntities('$ids', (id, type) => `${id} AS id, '${type}' AS type`)} }
    RETURN id, type`
  const rows = await query(cypher, { worldId, ids })
  return new Map(rows.map(row => [row['id'] as string, row['type'] as EntityType]))
}

const byKey = (rows: readonly Row[]): Map<string, string> =>
  new Map(rows.map(row => [row['key'] as string, row['node'] as string]))

async function timelineNodes(
  query: Query,
  { worldId, indexed }: WriteOptions,
  known: ReadonlyMap<string, EntityType>,
): Promise<Map<string, string>> {
  const found = await query(
    `MATCH (t:Timeline) WHERE t.entity_id IN $ids AND ${isOurs('t')}
    WITH t ORDER BY t.world_id
    WITH t.entity_id AS key, head(collect(t)) AS t
    ${indexed ? 'SET t.world_id = $worldId' : ''}
    RETURN key, elementId(t) AS node`,
    { worldId, ids: [...known.keys()] },
  )
  const nodes = byKey(found)
  const missing = [...known].filter(([id]) => !nodes.has(id))
  const created = await query(
    `UNWIND $rows AS row
    CREATE (t:Timeline {timeline_id: 'timeline_' + row.id, entity_id: row.id, entity_type: row.type})
    ${indexed ? 'SET t.world_id = $worldId' : ''}
    RETURN row.id AS key, elementId(t) AS node`,
    { worldId, rows: missing.map(([id, type]) => ({ id, type })) },
  )
  return new Map([...nodes, ...byKey(created)])
}

/**
 * An event without a world id is this world's if it stands on a timeline of an entity that is named here; in a plain
 * graph, where no event has one, the `event_id` alone decides.
 */
async function eventNodes(
  query: Query,
  { worldId, indexed }: WriteOptions,
  events: readonly NewEvent[],
  known: readonly string[],
): Promise<Map<string, string>> {
  const isAdoptable = `e.world_id IS NULL ${
    indexed
      ? `AND EXISTS { (e)<-[:CONTAINS_EVENT]-(t:Timeline) WHERE t.entity_id IN $known AND ${isOurs('t')} }`
      : ''
  }`
  const found = await query(
    `MATCH (e:TimelineEvent) WHERE e.event_id IN $ids AND (e.world_id = $worldId OR (${isAdoptable}))
    WITH e ORDER BY e.world_id
    RETURN e.event_id AS key, head(collect(elementId(e))) AS node`,
    { worldId, ids: events.map(event => event.event_id), known },
  )
  const nodes = byKey(found)
  const rows = events.map(event => ({
    key: event.event_id,
    node: nodes.get(event.event_id) ?? null,
    props: { ...storedEvent(event), ...(indexed ? { world_id: worldId } : {}) },
  }))
  await query('UNWIND $rows AS row MATCH (e) WHERE elementId(e) = row.node SET e += row.props', {
    rows: rows.filter(row => row.node !== null),
  })
  const created = await query(
    `UNWIND $rows AS row
    CREATE (e:TimelineEvent {event_id: row.key, created_at: $now}) SET e += row.props
    RETURN row.key AS key, elementId(e) AS node`,
    { rows: rows.filter(row => row.node === null), now: new Date().toISOString() },
  )
  return new Map([...nodes, ...byKey(created)])
}

/** The fields that are given, as Neo4j can hold them. */
function storedEvent(event: NewEvent): Record<string, unknown> {
  const { event_id, consequences, metadata, emotional_impact, significance_level } = event
  const stored: Record<string, unknown> = { event_id, timestamp: event.timestamp }
  const asIs = ['event_type', 'title', 'description', 'participants', 'location_id', 'tags'] as const
  for (const name of asIs) if (event[name] !== undefined) stored[name] = event[name]
  if (consequences !== undefined) stored['consequences'] = fromAny(consequences)
  if (metadata !== undefined) stored['metadata'] = JSON.stringify(metadata)
  if (emotional_impact !== undefined) stored['emotional_impact'] = emotional_impact
  if (significance_level !== undefined) {
    stored['significance_level'] = significance_level === null ? null : fromNumber(significance_level)
  }
  if ((event as { private?: unknown }).private === true) stored['private'] = true
  return stored
}
