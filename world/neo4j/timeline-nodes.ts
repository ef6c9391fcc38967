import type { EntityType } from '../../model/entity.ts'
import type { Query, Row } from './connection.ts'
import { isOnlyOurs, isOurs, matchEntities } from './graph.ts'
import { idForms, idText } from './id-forms.ts'
import type { WriteOptions } from './put-entities.ts'

export interface KnownEntity {
  type: EntityType
  /** It bears the world's id. */
  isAdopted: boolean
}

/** Those of the ids that the world knows. */
export async function knownEntities(
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
  const entityOf = (row: Row): [string, KnownEntity] => [
    row['id'] as string,
    { type: row['type'] as EntityType, isAdopted: row['isAdopted'] === true },
  ]
  return new Map(rows.map(entityOf))
}

export interface TimelineNode {
  node: string
  /** It bears the world's id, and so do its places. */
  isIndexed: boolean
}

/**
 * The timeline of each entity, made where there is none. One without a world's id gets this world's only where it cannot
 * be another's: to an entity that bears the world's id it is then a foreign one; with another plain entity it is shared,
 * and stays plain.
 */
export async function timelineNodes(
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
  const nodeOf = (row: Row): [string, TimelineNode] => [
    row['key'] as string,
    { node: row['node'] as string, isIndexed: row['isIndexed'] === true },
  ]
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
