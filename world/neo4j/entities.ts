import type { Entity, EntityRef, EntityType, Member } from '../../model/entity.ts'
import { setProperties } from '../../model/own-names.ts'
import { meansPrivate } from '../../model/private-mark.ts'
import type { Connection, Row } from './connection.ts'
import { isPublic, nodeOf } from './graph.ts'
import { idForms, idText, isIdLike } from './id-forms.ts'
import { isBroken, type Report, toProperty, toText } from './values.ts'

/** Cypher: rows `id, name, properties` for those of `$ids` (`idForms`) that world `$worldId` has and that are not private. */
export function entitiesCypher(type: EntityType): string {
  const { label, id, contains } = nodeOf[type]
  return `MATCH (w:World {world_id: $worldId})
MATCH (n:${label}) WHERE n.${id} IN $ids AND EXISTS { (w)-[:${contains}]->(n) } AND ${isPublic('n')}
RETURN ${idText(`n.${id}`)} AS id, n.name AS name, properties(n) AS properties`
}

/** Whether the entity of such a row may be shown, whatever query it comes from. */
export const isPublicRow = (row: Row): boolean =>
  !meansPrivate((row['properties'] as Row | null | undefined)?.['private'])

/** The entity of such a row. */
export function entityOf(type: EntityType, row: Row, report: Report): Entity {
  const entity: Entity = { id: toText(row['id']) ?? '', type, name: toText(row['name']) }
  setProperties(entity, (row['properties'] ?? {}) as Row, (value, name) => toProperty(value, report, name))
  return entity
}

/**
 * The rows, with the text of those properties that the driver could not read. Neo4j is asked for it apart, since it is
 * rare, and to ask for the text of each property would cost every load.
 */
export async function withTextOfBroken(
  connection: Pick<Connection, 'read'>,
  { worldId, type }: { worldId: string; type: EntityType },
  rows: readonly Row[],
): Promise<readonly Row[]> {
  const brokenIn = (row: Row) =>
    Object.entries(row['properties'] ?? {}).flatMap(([name, value]) => (isBroken(value) ? [name] : []))
  const names = [...new Set(rows.flatMap(brokenIn))]
  if (names.length === 0) return rows
  const { label, id, contains } = nodeOf[type]
  const found = await connection.read(
    `MATCH (w:World {world_id: $worldId})
    MATCH (n:${label}) WHERE n.${id} IN $ids AND EXISTS { (w)-[:${contains}]->(n) }
    RETURN ${idText(`n.${id}`)} AS id, [name IN $names | CASE WHEN n[name] IS :: LIST<ANY>
      THEN [item IN n[name] | toStringOrNull(item)] ELSE toStringOrNull(n[name]) END] AS texts`,
    {
      worldId,
      names,
      ids: idForms(rows.filter(row => brokenIn(row).length > 0).map(row => String(row['id']))),
    },
  )
  const textsOf = new Map(found.map(row => [row['id'], row['texts'] as unknown[]]))
  return rows.map(row => {
    const texts = textsOf.get(row['id'])
    if (!texts) return row
    const broken = brokenIn(row).map(name => [name, texts[names.indexOf(name)]])
    return { ...row, properties: { ...(row['properties'] as Row), ...Object.fromEntries(broken) } }
  })
}

/**
 * Cypher: rows `id, active` of the entities of one type in the order of their ids' texts, after `$afterId`, `$limit` at
 * most. `$integers` are `integersAfter` that id.
 *
 * A page costs what its world holds (its members are sorted), or, where ids have an index (`indexed`), what all
 * worlds hold between its first and last id; with an index each page takes the cheaper way.
 */
export function membersCypher(type: EntityType, { indexed }: { indexed: boolean }): string {
  const { label, id, contains } = nodeOf[type]
  const row = `${idText(`n.${id}`)} AS id, coalesce(n.active, true) AS active`
  // Without the label no index of it can be chosen, which would read the members of all worlds.
  const sorted = (when: string) => `UNWIND CASE WHEN ${when} THEN [w] ELSE [] END AS small
    MATCH (small)-[:${contains}]->(n) WHERE ${isIdLike(`n.${id}`)} AND ${isPublic('n')}
    WITH ${row} WHERE id > $afterId
    WITH id, active ORDER BY id LIMIT $limit
    RETURN id, active`
  // The inner CALL sees one world and one range, or the planner would sort what the index has sorted.
  const sought = (range: string, order: string) => `MATCH (n:${label}) USING INDEX n:${label}(${id})
      WHERE ${range} AND EXISTS { (large)-[:${contains}]->(n) } AND ${isPublic('n')}
      WITH n ORDER BY n.${id} ${order} LIMIT $limit
      RETURN ${row}`
  const integers = (sign: string, order: string) => `UNWIND $integers.${sign} AS range
    CALL (large, range) { ${sought(`range[0] <= n.${id} <= range[1]`, order)} }
    RETURN id, active`
  if (!indexed) {
    return `MATCH (w:World {world_id: $worldId})
CALL (w) { ${sorted('true')} }
RETURN id, active ORDER BY id LIMIT $limit`
  }
  return `MATCH (w:World {world_id: $worldId})
WITH w, COUNT { (w)-[:${contains}]->() } <= 4 * $limit AS isSmall
CALL (w, isSmall) { ${sorted('isSmall')}
  UNION ALL
  UNWIND CASE WHEN isSmall THEN [] ELSE [w] END AS large
  CALL (large) {
    CALL (large) { ${sought(`n.${id} > $afterId`, '')} }
    RETURN id, active
    UNION ALL
    ${integers('positive', '')}
    UNION ALL
    ${integers('negative', 'DESC')}
  }
  RETURN id, active
}
RETURN id, active ORDER BY id LIMIT $limit`
}

export function memberOf(type: EntityType, row: Row): Member {
  return { type, id: toText(row['id']) ?? '', active: row['active'] !== false }
}

/** The ids of each type, each once. */
export function idsByType(refs: readonly EntityRef[]): Map<EntityType, string[]> {
  const ids = new Map<EntityType, Set<string>>()
  for (const { type, id } of refs) ids.set(type, (ids.get(type) ?? new Set()).add(id))
  return new Map([...ids].map(([type, set]) => [type, [...set]]))
}
