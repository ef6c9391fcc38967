import { worldNotFound } from '../../model/input.ts'
import type { EntityType } from '../../model/world-data.ts'
import type { Query, Row } from './connection.ts'
import { holdWorld, idForms, idText, isOnlyOurs, isOurs, matchEntities } from './graph.ts'
import type { WriteOptions } from './put-entities.ts'
import { keptFields } from './stored-event.ts'

/** What the graph has of the events that are to be written, and of the entities that they name. */
interface There {
  entities: KnownEntity[]
  timelines: (TimelineNode & { key: string })[]
  /** Those that bear the world's id before those that bear none. */
  events: ThereEvent[]
}

interface KnownEntity {
  id: string
  type: EntityType
  /** It bears the world's id. */
  isAdopted: boolean
}

export interface TimelineNode {
  node: string
  /** It bears the world's id, and so do its places. */
  isIndexed: boolean
}

interface ThereEvent {
  key: string
  node: string
  /** It bears the world's id. */
  isAdopted: boolean
  /** Of one that does not, in an indexed graph: those of the looked-up timelines that it stands on. */
  standsOn: string[]
  stored: Row
}

/** Places for events: the timelines of the entities that they name, and those of the events that are there already. */
export interface EventPlaces {
  timelines: ReadonlyMap<string, TimelineNode>
  found: ReadonlyMap<string, FoundEvent>
}

export interface FoundEvent {
  node: string
  stored: Row
}

/**
 * Holds the world until the transaction ends, and looks up in the same query what is there of it; timelines that are
 * lacking are made.
 * @throws HearthError `WorldNotFound`
 */
export async function placesOfEvents(
  query: Query,
  options: WriteOptions,
  { entityIds, eventIds }: { entityIds: readonly string[]; eventIds: readonly string[] },
): Promise<EventPlaces> {
  const { worldId, indexed } = options
  const parameters = { worldId, ids: idForms(entityIds), eventIds: idForms(eventIds), indexed }
  const [row] = await query(lookUp, parameters)
  if (!row) throw worldNotFound(worldId)
  const { entities, timelines: timelinesFound, events } = row as unknown as There
  const timelines = await timelineNodes(query, options, {
    known: new Map(entities.map(entity => [entity.id, entity])),
    found: new Map(timelinesFound.map(timeline => [timeline.key, timeline])),
  })
  // An event without a world id is this world's if it stands on one of these timelines, which are this world's; in a
  // plain graph, where no event has one, the `event_id` alone decides.
  const nodes = new Set(Array.from(timelines.values(), ({ node }) => node))
  const isOurs = ({ isAdopted, standsOn }: ThereEvent) =>
    isAdopted || !indexed || standsOn.some(node => nodes.has(node))
  const found = new Map<string, ThereEvent>()
  for (const event of events) if (!found.has(event.key) && isOurs(event)) found.set(event.key, event)
  return { timelines, found }
}

const columns = (id: string, type: EntityType): string =>
  `{id: ${id}, type: '${type}', isAdopted: coalesce(n.world_id = $worldId, false)} AS entity`

const lookUp = `MATCH (w:World {world_id: $worldId}) ${holdWorld}
WITH w
CALL (w) {
  CALL (w) { ${matchEntities('$ids', columns)} }
  RETURN collect(entity) AS entities
}
CALL () {
  MATCH (t:Timeline) WHERE t.entity_id IN $ids AND ${isOurs('t')}
  WITH t ORDER BY t.world_id
  WITH ${idText('t.entity_id')} AS key, head(collect(t)) AS t
  RETURN collect({key: key, node: elementId(t), isIndexed: t.world_id IS NOT NULL}) AS timelines
}
CALL () {
  MATCH (e:TimelineEvent) WHERE e.event_id IN $eventIds AND ${isOurs('e')}
  WITH e ORDER BY e.world_id
  RETURN collect({
    key: ${idText('e.event_id')}, node: elementId(e), isAdopted: e.world_id IS NOT NULL,
    standsOn: CASE WHEN $indexed AND e.world_id IS NULL
      THEN COLLECT { MATCH (e)<-[:CONTAINS_EVENT]-(t:Timeline) WHERE t.entity_id IN $ids RETURN elementId(t) } ELSE [] END,
    stored: e {${keptFields.map(name => `.${name}`)}}
  }) AS events
}
RETURN entities, timelines, events`

/**
 * The timeline of each entity, made where there is none. One without a world's id gets this world's only where it cannot
 * be another's: to an entity that bears the world's id it is then a foreign one; with another plain entity it is shared,
 * and stays plain.
 */
async function timelineNodes(
  query: Query,
  { worldId, indexed }: WriteOptions,
  { known, found }: { known: ReadonlyMap<string, KnownEntity>; found: Map<string, TimelineNode> },
): Promise<Map<string, TimelineNode>> {
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
  if (toAdopt.length > 0) await query(adopt, { nodes: toAdopt, worldId })
  const created = toCreate.length === 0 ? [] : await query(createTimelines, { worldId, rows: toCreate })
  for (const row of created) nodes.set(row['key'] as string, row as unknown as TimelineNode)
  return nodes
}

const adopt = 'MATCH (t) WHERE elementId(t) IN $nodes SET t.world_id = $worldId'

const createTimelines = `UNWIND $rows AS row
CREATE (t:Timeline {timeline_id: 'timeline_' + row.id, entity_id: row.id, entity_type: row.type})
SET t.world_id = CASE WHEN row.isIndexed THEN $worldId END
RETURN row.id AS key, elementId(t) AS node, row.isIndexed AS isIndexed`

/** Those of the ids of which no other world has a plain entity. */
async function onlyOurs(query: Query, worldId: string, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = await query(`UNWIND $ids AS id WITH id WHERE ${isOnlyOurs('id')} RETURN id`, { worldId, ids })
  return new Set(rows.map(row => row['id'] as string))
}
