import { worldNotFound } from '../../model/input.ts'
import { type EntityType, entityTypes } from '../../model/world-data.ts'
import { inBatches } from '../in-batches.ts'
import { atOf, isNumeric } from './at.ts'
import type { Connection } from './connection.ts'
import { formsOf, idText, isOnlyOurs, isOurs, nodeOf, plainTwins } from './graph.ts'

/** How many of each have been changed; all are zero where everything had been adopted. */
export interface AdoptReport {
  /** Entities that got the world's id. */
  members: number
  /** Timelines that got it. */
  timelines: number
  /** Events that got it. */
  events: number
  /** Places on timelines that came into the index, or moved in it because a timestamp had changed. */
  places: number
  /** Marks of places that the game has taken away. */
  leftovers: number
  /** Entities that were left as they are; see `SharedIds`. */
  shared: number
}

/**
 * Entities without a world's id whose id an entity without one has in another world, too. Their Timelines cannot be told
 * apart, so that each of the two worlds shows the events of both.
 */
export interface SharedIds {
  count: number
  /** The first ten of them. */
  examples: { type: EntityType; id: string; otherWorldId: string }[]
}

export interface AdoptOptions {
  /** After each batch: what has been done so far. */
  onProgress?: (soFar: AdoptReport) => void
  /** How many nodes or places are changed in one transaction. Default 1000. */
  batchSize?: number
}

/**
 * Turns a plain world into an indexed one: `world_id` on its members, their timelines and events, the properties of
 * the index on each `CONTAINS_EVENT`, and `INDEXED_ON` beside it. In batches, each a transaction of its own; what is
 * to do is streamed, so memory stays flat. It may be broken off and begun again at any time, and the game may go on
 * writing; only what is not as it should be is touched, so a second run repairs whatever the game has changed since.
 *
 * A timeline without a world id is taken for this world's if it bears the id of one of its members, and no member of
 * another world without a world id has that id. A member whose id is so shared is left as it is, and counted. An event on
 * the timelines of two worlds gets the id of the first that adopts it; its places are indexed for each. Of two nodes with
 * the same id in one world, the second stays without a world id. An event without `event_id`, or whose timestamp
 * is a number, cannot be indexed, and its timeline goes on being sorted.
 *
 * @throws HearthError `WorldNotFound`
 */
export async function adoptWorld(
  connection: Connection,
  worldId: string,
  { onProgress, batchSize = 1_000 }: AdoptOptions,
): Promise<AdoptReport> {
  const world = 'MATCH (w:World {world_id: $worldId}) RETURN 1 AS one'
  if ((await connection.read(world, { worldId }, { from: 'leader' })).length === 0)
    throw worldNotFound(worldId)
  const report: AdoptReport = { members: 0, timelines: 0, events: 0, places: 0, leftovers: 0, shared: 0 }
  const run = async (todo: string, change: string): Promise<void> => {
    for await (const rows of inBatches(connection.stream(todo, { worldId }), batchSize)) {
      const ids = rows.map(row => row['id'])
      const [row = {}] = await connection.write(query => query(change, { worldId, ids }))
      for (const name of Object.keys(report) as (keyof AdoptReport)[]) report[name] += Number(row[name] ?? 0)
      onProgress?.({ ...report })
    }
  }
  for (const type of entityTypes) await run(strayMembers(type), adoptNodes(nodeOf[type], 'members'))
  await run(strayTimelines, adoptNodes({ label: 'Timeline', id: 'entity_id' }, 'timelines'))
  await run(
    leftoverMarks,
    'MATCH ()-[m:INDEXED_ON]->() WHERE elementId(m) IN $ids DELETE m RETURN count(*) AS leftovers',
  )
  await run(strayEvents, adoptNodes({ label: 'TimelineEvent', id: 'event_id' }, 'events'))
  await run(strayPlaces, adoptPlaces)
  report.shared = (await sharedIds(connection, worldId)).count
  return report
}

/** Those of a world that `adoptWorld` leaves as they are, or has left. */
export async function sharedIds(connection: Connection, worldId: string): Promise<SharedIds> {
  const shared: SharedIds = { count: 0, examples: [] }
  for (const type of entityTypes) {
    for await (const row of connection.stream(sharedMembers(type), { worldId })) {
      shared.count++
      const [id, otherWorldId] = [String(row['id']), String(row['other'])]
      if (shared.examples.length < 10) shared.examples.push({ type, id, otherWorldId })
    }
  }
  return shared
}

/** Each member with one of the other worlds. */
const sharedMembers = (type: EntityType): string => {
  const { id, contains } = nodeOf[type]
  const twins = entityTypes.map(
    twin => `${plainTwins(twin, 'id')} RETURN ${idText('other.world_id')} AS otherId`,
  )
  return `MATCH (w:World {world_id: $worldId})-[:${contains}]->(n) WHERE n.world_id IS NULL
  WITH n, ${idText(`n.${id}`)} AS id WHERE id IS NOT NULL
  CALL (id) { ${twins.join(' UNION ALL ')} }
  RETURN id, min(otherId) AS other`
}

const strayMembers = (type: EntityType): string =>
  `MATCH (w:World {world_id: $worldId})-[:${nodeOf[type].contains}]->(n) WHERE n.world_id IS NULL
  WITH n, ${idText(`n.${nodeOf[type].id}`)} AS entityId WHERE ${isOnlyOurs('entityId')}
  RETURN elementId(n) AS id`

/** Of nodes with the same id one is enough: a constraint forbids that two bear it in one world. */
const adoptNodes = ({ label, id }: { label: string; id: string }, counted: keyof AdoptReport): string =>
  `MATCH (n) WHERE elementId(n) IN $ids AND n.world_id IS NULL AND n.${id} IS NOT NULL
  WITH n.${id} AS id, head(collect(n)) AS n
  WHERE NOT EXISTS { MATCH (twin:${label} {world_id: $worldId, ${id}: id}) }
  SET n.world_id = $worldId RETURN count(*) AS ${counted}`

/** The timelines of the world's members, one after the other. */
const timelines = `MATCH (w:World {world_id: $worldId})
  CALL (w) {
    ${entityTypes
      .map(
        type =>
          `MATCH (w)-[:${nodeOf[type].contains}]->(n) RETURN ${idText(`n.${nodeOf[type].id}`)} AS entityId`,
      )
      .join(' UNION ')}
  }
  MATCH (t:Timeline) WHERE t.entity_id IN ${formsOf('entityId')} AND ${isOurs('t')}
  CALL (t, entityId) {
    WITH t WHERE t.world_id IS NOT NULL RETURN true AS isTheirs
    UNION ALL
    WITH t, entityId WHERE t.world_id IS NULL AND ${isOnlyOurs('entityId')} RETURN true AS isTheirs
  }
  WITH t, entityId`

const strayTimelines = `${timelines} WHERE t.world_id IS NULL RETURN elementId(t) AS id`

const leftoverMarks = `${timelines}
  MATCH (t)<-[m:INDEXED_ON]-(e) WHERE NOT EXISTS { (t)-[:CONTAINS_EVENT]->(e) } OR ${isNumeric('e.timestamp')}
  RETURN elementId(m) AS id`

const strayEvents = `${timelines}
  MATCH (t)-[:CONTAINS_EVENT]->(e) WHERE e.world_id IS NULL AND e.event_id IS NOT NULL
  RETURN elementId(e) AS id`

const strayPlaces = `${timelines}
  MATCH (t)-[r:CONTAINS_EVENT]->(e)
  WHERE toStringOrNull(e.event_id) IS NOT NULL AND NOT ${isNumeric('e.timestamp')} AND NOT (
    coalesce(r.world_id = $worldId AND r.entity_id = entityId AND r.event_id = toStringOrNull(e.event_id)
      AND r.at = ${atOf('e.timestamp')}, false)
    AND EXISTS { (e)-[:INDEXED_ON]->(t) })
  RETURN elementId(r) AS id`

const adoptPlaces = `MATCH (t)-[r:CONTAINS_EVENT]->(e) WHERE elementId(r) IN $ids
  SET r.world_id = $worldId, r.entity_id = ${idText('t.entity_id')}, r.event_id = toStringOrNull(e.event_id),
    r.at = ${atOf('e.timestamp')}
  MERGE (e)-[:INDEXED_ON]->(t)
  RETURN count(*) AS places`
