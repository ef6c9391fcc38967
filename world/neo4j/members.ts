import { type EntityRef, type EntityType, entityTypes, type Member } from '../../model/world-data.ts'
import type { Context } from './context.ts'
import { idText, integersAfter, isIdLike, isPublic, nodeOf } from './graph.ts'
import { toText } from './values.ts'

/** See `World.members`. */
export async function loadMembers(
  { connection, own, indexes }: Pick<Context, 'connection' | 'own' | 'indexes'>,
  worldId: string,
  { after, limit }: { after?: EntityRef; limit: number },
): Promise<Member[]> {
  const { ids: indexed } = await indexes.current()
  const members: Member[] = []
  for (const type of entityTypes.slice(after ? entityTypes.indexOf(after.type) : 0)) {
    const afterId = after?.type === type ? after.id : ''
    const parameters = { worldId, type, afterId, limit: BigInt(limit - members.length) }
    const rows = own.members
      ? await connection.read(own.members, parameters)
      : await connection.read(membersCypher(type, { indexed }), {
          ...parameters,
          integers: integersAfter(afterId),
        })
    members.push(...rows.map(row => ({ type, id: toText(row['id']) ?? '', active: row['active'] !== false })))
    if (members.length >= limit) break
  }
  return members
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
