import { partition } from 'es-toolkit'
import { groupBy } from '../../model/group-by.ts'
import { storedNames } from '../../model/own-names.ts'
import type { EntityRef, EntityType, NewEntity } from '../../model/world-data.ts'
import type { Query, Row } from './connection.ts'
import { idsByType } from './entities.ts'
import { formsOf, idForms, idText, isOnlyOurs, isOurs, lockWorld, nodeOf } from './graph.ts'
import { inTypeOf } from './stored-event.ts'
import { fromProperty } from './values.ts'

/** Whether what is written carries the world's id, so that it can be read by the indexes. */
export interface WriteOptions {
  worldId: string
  indexed: boolean
}

interface EntityRow {
  id: string
  props: Record<string, unknown>
}

/**
 * Creates entities or updates them: properties that are given replace those of that name, `null` removes one, others
 * (the game's own) stay. Idempotent in a graph without constraints, too. An entity of the game's own gets the world's id
 * only where no other world has one of the same id without (see `isOnlyOurs`), since its timeline would be lost to it.
 */
export async function putEntities(
  query: Query,
  { worldId, indexed }: WriteOptions,
  entities: readonly NewEntity[],
): Promise<void> {
  await lockWorld(query, worldId)
  for (const [type, ofType] of groupBy(entities, entity => entity.type)) {
    const rows = new Map(ofType.map(entity => [entity.id, rowOf(entity)]))
    await putType(query, { worldId, indexed, type }, [...rows.values()])
  }
}

async function putType(
  query: Query,
  { worldId, indexed, type }: WriteOptions & { type: EntityType },
  rows: readonly EntityRow[],
): Promise<void> {
  const { label, id, contains } = nodeOf[type]
  const found = await query(
    `MATCH (w:World {world_id: $worldId})
    MATCH (n:${label}) WHERE n.${id} IN $ids AND (EXISTS { (w)-[:${contains}]->(n) } OR n.world_id = $worldId)
    WITH n, ${idText(`n.${id}`)} AS id ORDER BY n.world_id
    WITH id, head(collect(n)) AS n
    RETURN id, elementId(n) AS node, properties(n) AS stored,
      ${indexed ? `n.world_id IS NOT NULL OR (${isOnlyOurs('id')})` : 'false'} AS isAdopted`,
    { worldId, ids: idForms(rows.map(row => row.id)) },
  )
  const there = new Map(found.map(row => [row['id'], row]))
  const [known, created] = partition(rows, row => there.has(row.id))
  const replaced = known.map(row => {
    const { node, isAdopted, stored } = there.get(row.id) as Row & { stored: Row }
    const props = Object.entries(row.props).map(([name, value]) => [name, inTypeOf(stored[name], value)])
    return { node, isAdopted, props: Object.fromEntries(props) }
  })
  await query(
    `MATCH (w:World {world_id: $worldId})
    UNWIND $rows AS row
    MATCH (n) WHERE elementId(n) = row.node
    SET n += row.props
    SET n.world_id = CASE WHEN row.isAdopted THEN $worldId ELSE n.world_id END
    MERGE (w)-[:${contains}]->(n)`,
    { worldId, rows: replaced },
  )
  await query(
    `MATCH (w:World {world_id: $worldId})
    UNWIND $rows AS row
    CREATE (w)-[:${contains}]->(n:${label} {${id}: row.id})
    SET n += row.props ${indexed ? ', n.world_id = $worldId' : ''}`,
    { worldId, rows: created },
  )
}

function rowOf({ type, id, name, props }: NewEntity): EntityRow {
  const stored = storedNames(type, props).map(([property, value]) => [property, fromProperty(value)] as const)
  return { id, props: Object.fromEntries([['name', name], ...stored]) }
}

/**
 * Deletes entities, and the timeline of each id that no entity of the world has any more. Events stay, since they
 * stand on other timelines too. A node that another world holds as well only leaves this one.
 */
export async function removeEntities(
  query: Query,
  worldId: string,
  refs: readonly EntityRef[],
): Promise<void> {
  const plain = new Set<unknown>()
  for (const [type, ids] of idsByType(refs)) {
    const { label, id, contains } = nodeOf[type]
    const removed = await query(
      `MATCH (w:World {world_id: $worldId})
      MATCH (n:${label}) WHERE n.${id} IN $ids
      MATCH (w)-[r:${contains}]->(n)
      DELETE r
      WITH DISTINCT n, ${idText(`n.${id}`)} AS id, n.world_id IS NULL AS isPlain
      FOREACH (gone IN CASE WHEN EXISTS { ()-[:${contains}]->(n) } THEN [] ELSE [n] END | DETACH DELETE gone)
      RETURN id, isPlain`,
      { worldId, ids: idForms(ids) },
    )
    for (const row of removed) if (row['isPlain']) plain.add(row['id'])
  }
  // A Timeline without a world's id goes with the last entity that may have been its own.
  const gone = Object.values(nodeOf).map(
    ({ label, id, contains }) => `NOT EXISTS {
      MATCH (w:World)-[:${contains}]->(n:${label}) WHERE n.${id} IN ${formsOf('id')}
        AND (w.world_id = $worldId OR (t.world_id IS NULL AND (n.world_id IS NULL OR NOT id IN $plain))) }`,
  )
  await query(
    `MATCH (t:Timeline) WHERE t.entity_id IN $ids AND ${isOurs('t')}
    WITH t, ${idText('t.entity_id')} AS id WHERE ${gone.join(' AND ')}
    DETACH DELETE t`,
    { worldId, ids: idForms([...new Set(refs.map(ref => ref.id))]), plain: [...plain] },
  )
}
