import { uniq } from 'es-toolkit'
import { groupBy } from '../../model/group-by.ts'
import { meansPrivate } from '../../model/privacy.ts'
import { compareEvents, oldest } from '../../model/timestamp.ts'
import type { TimelineEvent } from '../../model/world-data.ts'
import { atOf, numberOf } from './at.ts'
import type { Row } from './connection.ts'
import type { Context } from './context.ts'
import { idForms, idText, isOnlyOurs, isOurs, isPublic, matchEntities } from './graph.ts'
import { timelineIndex } from './schema.ts'
import { type Report, toAny, toMap, toNumber, toText, toTexts } from './values.ts'

/** The fields of an event, in the order in which `eventOf` takes them. */
export const eventFields = [
  'event_id',
  'event_type',
  'title',
  'description',
  'timestamp',
  'participants',
  'location_id',
  'consequences',
  'emotional_impact',
  'significance_level',
  'tags',
  'metadata',
] as const satisfies (keyof TimelineEvent)[]

/** Hears of the properties of an event that cannot be read. */
type ReportOfEvent = (eventId: string) => Report

/** Written out, not made in a loop over the fields: that takes half as long again, and events come by the ten thousand. */
function eventOf(
  [
    id,
    type,
    title,
    description,
    timestamp,
    participants,
    location,
    consequences,
    impact,
    level,
    tags,
    metadata,
  ]: readonly unknown[],
  reportOf: ReportOfEvent,
): TimelineEvent {
  const eventId = toText(id) ?? ''
  const report = reportOf(eventId)
  return {
    event_id: eventId,
    event_type: toText(type, report, 'event_type'),
    title: toText(title, report, 'title'),
    description: toText(description, report, 'description'),
    timestamp: toText(timestamp, report, 'timestamp') ?? '',
    participants: toTexts(participants, report, 'participants'),
    location_id: toText(location, report, 'location_id'),
    consequences: toAny(consequences, report, 'consequences'),
    emotional_impact: toNumber(impact, report, 'emotional_impact'),
    significance_level: toNumber(level, report, 'significance_level'),
    tags: toTexts(tags, report, 'tags'),
    metadata: toMap(metadata, report, 'metadata'),
  }
}

/** See `Source.timelines`. */
export async function loadTimelines(
  { connection, own, indexes, privacy, reportOf }: Context,
  worldId: string,
  { entityIds, limit }: { entityIds: readonly string[]; limit: number },
): Promise<(TimelineEvent[] | null)[]> {
  const ids = uniq(entityIds)
  const parameters = { worldId, ids: own.timelines ? ids : idForms(ids), limit: BigInt(limit) }
  const report = (eventId: string) => reportOf(worldId, 'TimelineEvent', eventId)
  if (own.timelines) {
    const ofEvents = timelinesOfEvents(await connection.read(own.timelines, parameters), limit, report)
    return entityIds.map(id => ofEvents.get(id)?.map(privacy.event) ?? null)
  }
  const each = ({ id, events }: Row): [string, TimelineEvent[]] => [
    id as string,
    (events as unknown[][]).map(columns => privacy.event(eventOf(columns, report))),
  ]
  const timelines = new Map(
    await connection.read(timelinesCypher(await indexes.current()), parameters, { each }),
  )
  return entityIds.map(id => timelines.get(id) ?? null)
}

const seek = `MATCH ()-[r:${timelineIndex.type}]->(e)
      USING RANGE INDEX SEEK r:${timelineIndex.type}(${timelineIndex.properties.join(', ')})
    WHERE r.world_id = $worldId AND r.entity_id = wholeId AND r.at IS NOT NULL AND r.event_id IS NOT NULL
      AND ${isPublic('e')}
    WITH e ORDER BY r.world_id DESC, r.entity_id DESC, r.at DESC, r.event_id DESC LIMIT $limit
    RETURN e`

/** No label and no property is asked of `e` while it is matched, or Neo4j might begin with all events there are. */
const sort = `UNWIND CASE WHEN whole THEN [] ELSE ts END AS t
    MATCH (t)-[:CONTAINS_EVENT]->(e)
    WITH DISTINCT e
    WITH e, toStringOrNull(e.event_id) AS eventId WHERE eventId IS NOT NULL AND ${isPublic('e')}
    WITH e, eventId, ${atOf('e.timestamp')} AS at
    WITH e, eventId, at, CASE WHEN at = ${oldest} THEN ${numberOf('e.timestamp')} END AS number
    ORDER BY at DESC, number DESC, eventId DESC LIMIT $limit
    RETURN e`

/** A FLOAT's text would be `1.7E9`. */
const timestampColumn =
  'CASE WHEN p.timestamp IS :: FLOAT THEN p.timestamp ELSE toStringOrNull(p.timestamp) END'

/** Of the map `p` of an event's properties. Lists, not maps, so that the names do not travel with every event. */
const eventColumns = eventFields.map(field => (field === 'timestamp' ? timestampColumn : `p.${field}`))

/**
 * Cypher (`timeline`: whether `timelineIndex` is there): rows `id, events` (lists as in `eventColumns`, newest first) for those of `$ids` (`idForms`)
 * that world `$worldId` has, at most `$limit` events each.
 *
 * A Timeline without a world's id is read as that of an entity that bears this world's only where it cannot be that of
 * another world's entity of the same id. Of two worlds without any such ids each shows the events of both.
 *
 * A timeline is read from the index only while all of it is in it: while it has as many `CONTAINS_EVENT` as
 * `INDEXED_ON` relationships. The latter are Hearth's, made together with the properties that the index holds, and
 * both degrees are kept by Neo4j. An event that the game adds has none, and one that it deletes (`DETACH DELETE`)
 * takes both along, so that adding and deleting cannot make up for one another. Every other timeline is sorted, and so
 * are several timelines of one entity, on which an event may stand twice.
 *
 * Properties are read as one map: Neo4j keeps them in a chain, which it follows from its beginning for each `e.name`
 * (227 µs for a timeline of 20 events against 163 µs).
 *
 * Not noticed: an event that the game takes off a timeline by deleting its `CONTAINS_EVENT` alone, if it then adds
 * one of its own; and a timestamp that it changes (the sort follows the index). `adopt` puts both right.
 */
export function timelinesCypher({ timeline: indexed }: { timeline: boolean }): string {
  const isWhole = 'COUNT { (t)-[:CONTAINS_EVENT]->() } = COUNT { (t)<-[:INDEXED_ON]-() }'
  const whole = indexed ? `size(ts) <= 1 AND all(t IN ts WHERE ${isWhole})` : 'false'
  // The inner CALL sees one id, or the planner would sort what it seeks; where there is none, nothing is sought.
  const bySeek = `WITH id, whole UNWIND CASE WHEN whole THEN [id] ELSE [] END AS wholeId
    CALL (wholeId) { ${seek} }
    RETURN e
    UNION ALL`
  const ofEntity = (id: string): string =>
    `${id} AS id, ${isPublic('n')} AS isPublic, coalesce(n.world_id = $worldId, false) AS isAdopted`
  return `MATCH (w:World {world_id: $worldId})
CALL (w) {
  ${matchEntities('$ids', ofEntity)}
}
WITH id, collect(isPublic) AS public, collect(isAdopted) AS adopted WHERE true IN public
WITH collect(id) AS known, collect(CASE WHEN NOT false IN adopted THEN id END) AS adopted
CALL (known, adopted) {
  UNWIND known AS id RETURN id, null AS t
  UNION ALL
  MATCH (t:Timeline) WHERE t.entity_id IN $ids AND ${isOurs('t')}
  WITH t, ${idText('t.entity_id')} AS id, adopted WHERE id IN known
  CALL (t, id, adopted) {
    WITH t, id, adopted WHERE t.world_id = $worldId OR NOT id IN adopted RETURN true AS isTheirs
    UNION ALL
    WITH t, id, adopted WHERE t.world_id IS NULL AND id IN adopted
    WITH id WHERE ${isOnlyOurs('id')} RETURN true AS isTheirs
  }
  RETURN id, t
}
WITH id, collect(t) AS ts
WITH id, ts, ${whole} AS whole
CALL (id, ts, whole) {
  CALL (id, ts, whole) {
    ${indexed ? bySeek : ''}
    ${sort}
  }
  WITH properties(e) AS p
  RETURN collect([${eventColumns.join(', ')}]) AS events
}
RETURN id, events`
}

/** Timelines, by entity, from rows of one event each (see `OwnCypher.timelines`), in whatever order. */
function timelinesOfEvents(
  rows: readonly Row[],
  limit: number,
  report: ReportOfEvent,
): Map<string, TimelineEvent[]> {
  const isShown = (row: Row) => toText(row['event_id']) !== null && !meansPrivate(row['private'])
  const byEntity = groupBy(rows, row => toText(row['entity_id']) ?? '')
  const columnsOf = (row: Row) => eventFields.map(field => row[field])
  const newestOf = (ofEntity: readonly Row[]) => {
    const events = ofEntity.filter(isShown).map(row => eventOf(columnsOf(row), report))
    return events.sort(compareEvents).slice(0, limit)
  }
  return new Map([...byEntity].map(([id, ofEntity]) => [id, newestOf(ofEntity)]))
}
