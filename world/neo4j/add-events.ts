import { chunk } from 'es-toolkit'
import { namesOf } from '../../model/new-events.ts'
import { parseTimestamp } from '../../model/timestamp.ts'
import type { EntityType, NewEvent } from '../../model/world-data.ts'
import type { Query, Row } from './connection.ts'
import { idForms, idText, isOnlyOurs, isOurs, lockWorld, matchEntities } from './graph.ts'
import type { WriteOptions } from './put-entities.ts'
import { keptFields, replacedEvent, storedEvent } from './stored-event.ts'

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
): Promise<string[]> {
  await lockWorld(query, options.worldId)
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
  const known = await knownEntities(query, options, [...new Set(events.flatMap(namesOf))])
  const timelines = await timelineNodes(query, options, known)
  const timelineIds = [...timelines.values()].map(({ node }) => node)
  const { found, created } = await eventNodes(query, { ...options, timelines: timelineIds }, events)
  const linksOf = (nodes: ReadonlyMap<string, string>): Link[] =>
    events.flatMap(event => {
      const node = nodes.get(event.event_id)
      const standsOn = namesOf(event).flatMap(id => {
        const timeline = timelines.get(id)
        return timeline ? [{ entityId: id, timeline: timeline.node, isIndexed: timeline.isIndexed }] : []
      })
      return node ? standsOn.map(place => ({ ...place, node, eventId: event.event_id, at: atOf(event) })) : []
    })
  const link = async (cypher: typeof linkNew, links: readonly Link[]): Promise<void> => {
    for (const indexed of [true, false]) {
      const those = links.filter(({ isIndexed }) => isIndexed === indexed)
      if (those.length > 0) await query(cypher({ indexed }), { worldId, links: those })
    }
  }
  await link(linkNew, linksOf(created))
  if (found.size === 0) return []
  await link(linkKnown, linksOf(found))
  const moves = events.map(event => ({ node: found.get(event.event_id) ?? null, at: atOf(event) }))
  await query(moveInIndex, { moves: moves.filter(move => move.node !== null) })
  const rows = await query(standsOn, { nodes: [...found.values()] })
  return rows.map(row => row['id'] as string)
}

/** A place of an event on a timeline. */
interface Link {
  timeline: string
  entityId: string
  /** The timeline bears the world's id. */
  isIndexed: boolean
  node: string
  eventId: string
  at: bigint | null
}

const atOf = (event: NewEvent): bigint | null => parseTimestamp(event.timestamp)

const matchLink = `UNWIND $links AS link
MATCH (t) WHERE elementId(t) = link.timeline
MATCH (e) WHERE elementId(e) = link.node`
const inIndex = '{world_id: $worldId, entity_id: link.entityId, at: link.at, event_id: link.eventId}'

/** An event that has just been made stands nowhere. */
const linkNew = ({ indexed }: { indexed: boolean }): string =>
  indexed
    ? `${matchLink} CREATE (t)-[:CONTAINS_EVENT ${inIndex}]->(e) CREATE (e)-[:INDEXED_ON]->(t)`
    : `${matchLink} CREATE (t)-[:CONTAINS_EVENT]->(e)`

const linkKnown = ({ indexed }: { indexed: boolean }): string =>
  indexed
    ? `${matchLink} MERGE (t)-[r:CONTAINS_EVENT]->(e) SET r += ${inIndex} MERGE (e)-[:INDEXED_ON]->(t)`
    : `${matchLink} MERGE (t)-[:CONTAINS_EVENT]->(e)`

/** An event whose timestamp has changed moves on timelines, too, that it is no longer said to stand on. */
const moveInIndex = `UNWIND $moves AS move
MATCH (e) WHERE elementId(e) = move.node
MATCH (e)<-[r:CONTAINS_EVENT]-() WHERE r.at IS NOT NULL AND r.at <> move.at
SET r.at = move.at`

const standsOn = `MATCH (e) WHERE elementId(e) IN $nodes
MATCH (e)<-[:CONTAINS_EVENT]-(t)
WITH DISTINCT toStringOrNull(t.entity_id) AS id WHERE id IS NOT NULL
RETURN id`

const byKey = (rows: readonly Row[]): Map<string, string> =>
  new Map(rows.map(row => [row['key'] as string, row['node'] as string]))

/**
 * An event without a world id is this world's if it stands on one of these timelines, which are this world's; in a plain
 * graph, where no event has one, the `event_id` alone decides.
 */
async function eventNodes(
  query: Query,
  { worldId, indexed, timelines }: WriteOptions & { timelines: readonly string[] },
  events: readonly NewEvent[],
): Promise<{ found: Map<string, string>; created: Map<string, string> }> {
  const isAdoptable = `e.world_id IS NULL ${
    indexed ? 'AND EXISTS { (e)<-[:CONTAINS_EVENT]-(t:Timeline) WHERE elementId(t) IN $timelines }' : ''
  }`
  const rowsFound = await query(
    `MATCH (e:TimelineEvent) WHERE e.event_id IN $ids AND (e.world_id = $worldId OR (${isAdoptable}))
    WITH e ORDER BY e.world_id
    WITH ${idText('e.event_id')} AS key, head(collect(e)) AS e
    RETURN key, elementId(e) AS node, e {${keptFields.map(name => `.${name}`)}} AS stored`,
    { worldId, ids: idForms(events.map(event => event.event_id)), timelines },
  )
  const found = byKey(rowsFound)
  const stored = new Map(rowsFound.map(row => [row['key'], row['stored'] as Row]))
  const rows = events.map(event => {
    const before = stored.get(event.event_id)
    // An `event_id` that the game keeps as an INTEGER stays one.
    const { event_id: key, ...fields } = before ? replacedEvent(event, before) : storedEvent(event)
    const node = found.get(event.event_id) ?? null
    return { key, node, props: indexed ? { ...fields, world_id: worldId } : fields }
  })
  await query('UNWIND $rows AS row MATCH (e) WHERE elementId(e) = row.node SET e += row.props', {
    rows: rows.filter(row => row.node !== null),
  })
  const created = await query(
    `UNWIND $rows AS row
    CREATE (e:TimelineEvent {event_id: row.key, created_at: $now}) SET e += row.props
    RETURN row.key AS key, elementId(e) AS node`,
    { rows: rows.filter(row => row.node === null), now: new Date().toISOString() },
  )
  return { found, created: byKey(created) }
}

interface KnownEntity {
  type: EntityType
  /** It bears the world's id. */
  isAdopted: boolean
}

/** Those of the ids that the world knows. */
async function knownEntities(
  query: Query,
  { worldId }: WriteOptions,
  ids: readonly string[],
): Promise<Map<string, KnownEntity>> {
  const columns = (id: string, type: EntityType): string =>
    `${id} AS id, '${type}' AS type, coalesce(n.world_id = $worldId, false) AS isAdopted`
  const cypher = `MATCH (w:World {world_id: $worldId})
    CALL (w) { ${matchEntities('$ids', columns)} }
    RETURN id, type, isAdopted`
  const rows = await query(cypher, { worldId, ids: idForms(ids) })
  return new Map(rows.map(row => [row['id'] as string, row as unknown as KnownEntity]))
}

interface TimelineNode {
  node: string
  /** It bears the world's id, and so do its places. */
  isIndexed: boolean
}

/**
 * The timeline of each entity, made where there is none. One without a world's id gets this world's only where it cannot
 * be another's: to an entity that bears the world's id it is then a foreign one; with another plain entity it is shared,
 * and stays plain.
 */
async function timelineNodes(
  query: Query,
  { worldId, indexed }: WriteOptions,
  known: ReadonlyMap<string, KnownEntity>,
): Promise<Map<string, TimelineNode>> {
  const rows = await query(
    `MATCH (t:Timeline) WHERE t.entity_id IN $ids AND ${isOurs('t')}
    WITH t ORDER BY t.world_id
    WITH ${idText('t.entity_id')} AS key, head(collect(t)) AS t
    RETURN key, elementId(t) AS node, t.world_id IS NOT NULL AS isIndexed`,
    { worldId, ids: idForms([...known.keys()]) },
  )
  const nodeOf = (row: Row) => [row['key'] as string, row as unknown as TimelineNode] as const
  const found = new Map(rows.map(nodeOf))
  const isPlain = (id: string): boolean =>
    found.get(id)?.isIndexed === false || known.get(id)?.isAdopted === false
  const alone = await onlyOurs(query, worldId, [...known.keys()].filter(isPlain))

  const nodes = new Map<string, TimelineNode>()
  const toAdopt: string[] = []
  const toCreate: { id: string; type: EntityType; isIndexed: boolean }[] = []
  for (const [id, { type, isAdopted }] of known) {
    const timeline = found.get(id)
    const mayBeForeign = isPlain(id) && !alone.has(id)
    if (timeline && !timeline.isIndexed && mayBeForeign && isAdopted) found.delete(id)
    const own = found.get(id)
    if (!own) toCreate.push({ id, type, isIndexed: indexed && (isAdopted || !mayBeForeign) })
    else if (indexed && !own.isIndexed && !mayBeForeign) toAdopt.push(own.node)
    if (own) nodes.set(id, { node: own.node, isIndexed: indexed && (own.isIndexed || !mayBeForeign) })
  }
  await query('MATCH (t) WHERE elementId(t) IN $nodes SET t.world_id = $worldId', { nodes: toAdopt, worldId })
  const created = await query(
    `UNWIND $rows AS row
    CREATE (t:Timeline {timeline_id: 'timeline_' + row.id, entity_id: row.id, entity_type: row.type})
    SET t.world_id = CASE WHEN row.isIndexed THEN $worldId END
    RETURN row.id AS key, elementId(t) AS node, row.isIndexed AS isIndexed`,
    { worldId, rows: toCreate },
  )
  return new Map([...nodes, ...created.map(nodeOf)])
}

/** Those of the ids of which no other world has a plain entity. */
async function onlyOurs(query: Query, worldId: string, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = await query(`UNWIND $ids AS id WITH id WHERE ${isOnlyOurs('id')} RETURN id`, { worldId, ids })
  return new Set(rows.map(row => row['id'] as string))
}
