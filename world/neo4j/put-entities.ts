import { storedNames } from '../own-names.ts'
import type { EntityRef, EntityType, Json, NewEntity } from '../world.ts'
import type { Query, Row } from './connection.ts'
import { idsByType } from './entities.ts'
import { nodeOf } from './graph.ts'
import { inTypeOf } from './kept-type.ts'
import { lockWorld } from './state.ts'
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
 * (the game's own) stay. Idempotent in a graph without constraints, too.
 */
export async function putEntities(
  query: Query,
  { worldId, indexed }: WriteOptions,
  entities: readonly NewEntity[],
): Promise<void> {
  await lockWorld(query, worldId)
  const rows = new Map<EntityType, Map<string, EntityRow>>()
  for (const { type, id, name, props } of entities) {
    const ofType = rows.get(type) ?? new Map<string, EntityRow>()
    rows.set(type, ofType.set(id, { id, props: storedProps(type, name, props) }))
  }
  for (const [type, ofType] of rows) await putType(query, { worldId, indexed }, type, [...ofType.values()])
}

async function putType(
  query: Query,
  { worldId, indexed }: WriteOptions,
  type: EntityType,
  rows: readonly EntityRow[],
): Promise<void> {
  const { label, id, contains } = nodeOf[type]
  const found = await query(
    `MATCH (w:World {world_id: $worldId})
    MATCH (n:${label}) WHERE n.${id} IN $ids AND (EXISTS { (w)-[:${contains}]->(n) } OR n.world_id = $worldId)
    WITH n ORDER BY n.world_id
    WITH n.${id} AS id, head(collect(n)) AS n
    RETURN id, elementId(n) AS node, properties(n) AS stored`,
    { worldId, ids: rows.map(row => row.id) },
  )
  const there = new Map(found.map(row => [row['id'], row]))
  const replaced = ({ id: entityId, props }: EntityRow): Row => {
    const { node, stored } = there.get(entityId) as { node: string; stored: Row }
    const kept = Object.entries(props).map(([name, value]) => [name, inTypeOf(stored[name], value)])
    return { node, props: Object.fromEntries(kept) }
  }
  await query(
    `MATCH (w:World {world_id: $worldId})
    UNWIND $rows AS row
    MATCH (n) WHERE elementId(n) = row.node
    SET n += row.props ${indexed ? ', n.world_id = $worldId' : ''}
    MERGE (w)-[:${contains}]->(n)`,
    {
      worldId,
      rows: rows.filter(row => there.has(row.id)).map(replaced),
    },
  )
  await query(
    `MATCH (w:World {world_id: $worldId})
    UNWIND $rows AS row
    CREATE (w)-[:${contains}]->(n:${label} {${id}: row.id})
    SET n += row.props ${indexed ? ', n.world_id = $worldId' : ''}`,
    { worldId, rows: rows.filter(row => !there.has(row.id)) },
  )
}

function storedProps(type: EntityType, name: string | null, props: Record<string, Json>): EntityRow['props'] {
  const stored = storedNames(type, props).map(([property, value]) => [property, fromProperty(value)] as const)
  return Object.fromEntries([['name', name], ...stored])
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
  for (const [type, ids] of idsByType(refs)) {
    const { label, id, contains } = nodeOf[type]
    await query(
      `MATCH (w:World {world_id: $worldId})
      MATCH (n:${label}) WHERE n.${id} IN $ids
      MATCH (w)-[r:${contains}]->(n)
      DELETE r
      WITH DISTINCT n WHERE NOT EXISTS { ()-[:${contains}]->(n) }
      DETACH DELETE n`,
      { worldId, ids },
    )
  }
  const gone = Object.values(nodeOf).map(
    ({ label, id, contains }) => `NOT EXISTS {
      MATCH (w:World)-[:${contains}]->(n:${label} {${id}: t.entity_id})
      WHERE w.world_id = $worldId OR t.world_id IS NULL }`,
  )
  await query(
    `MATCH (t:Timeline) WHERE t.entity_id IN $ids AND (t.world_id = $worldId OR t.world_id IS NULL)
      AND ${gone.join(' AND ')}
    DETACH DELETE t`,
    { worldId, ids: [...new Set(refs.map(ref => ref.id))] },
  )
}
