import { uniq } from 'es-toolkit'
import { groupBy } from '../../model/group-by.ts'
import { setProperties } from '../../model/own-names.ts'
import { meansPrivate } from '../../model/privacy.ts'
import type { Entity, EntityRef, EntityType } from '../../model/world-data.ts'
import type { Connection, Row } from './connection.ts'
import type { Context } from './context.ts'
import { idForms, idText, isPublic, nodeOf } from './graph.ts'
import { isBroken, type Report, toProperty, toText } from './values.ts'

/** See `Source.entities`. */
export async function loadEntities(
  { connection, own, privacy, reportOf }: Context,
  worldId: string,
  refs: readonly EntityRef[],
): Promise<(Entity | null)[]> {
  const loads = idsByType(refs).map(async ([type, ids]) => {
    const cypher = own[`${type}s`]
    const parameters = { worldId, ids: cypher ? ids : idForms(ids) }
    const found = await connection.read(cypher ?? entitiesCypher(type), parameters)
    const rows = cypher ? found : await withTextOfBroken(connection, { worldId, type }, found)
    return rows.filter(isPublicRow).map(row => {
      const report = reportOf(worldId, nodeOf[type].label, toText(row['id']))
      return privacy.entity(entityOf(type, row, report))
    })
  })
  const found = (await Promise.all(loads)).flat()
  const byRef = new Map(found.map(entity => [`${entity.type}:${entity.id}`, entity]))
  return refs.map(({ type, id }) => byRef.get(`${type}:${id}`) ?? null)
}

/** Cypher: rows `id, name, properties` for those of `$ids` (`idForms`) that world `$worldId` has and that are not private. */
export function entitiesCypher(type: EntityType): string {
  const { label, id, contains } = nodeOf[type]
  return `MATCH (w:World {world_id: $worldId})
MATCH (n:${label}) WHERE n.${id} IN $ids AND EXISTS { (w)-[:${contains}]->(n) } AND ${isPublic('n')}
RETURN ${idText(`n.${id}`)} AS id, n.name AS name, properties(n) AS properties`
}

/** Own Cypher may return what is private. */
const isPublicRow = (row: Row): boolean =>
  !meansPrivate((row['properties'] as Row | null | undefined)?.['private'])

function entityOf(type: EntityType, row: Row, report: Report): Entity {
  const entity: Entity = { id: toText(row['id']) ?? '', type, name: toText(row['name']) }
  setProperties(entity, (row['properties'] ?? {}) as Row, (value, name) => toProperty(value, report, name))
  return entity
}

/**
 * The rows, with the text of those properties that the driver could not read. Neo4j is asked for it apart, since it is
 * rare, and to ask for the text of each property would cost every load.
 */
async function withTextOfBroken(
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

/** The ids of each type, each once. */
export const idsByType = (refs: readonly EntityRef[]): [EntityType, string[]][] =>
  [...groupBy(refs, ({ type }) => type)].map(([type, ofType]) => [type, uniq(ofType.map(({ id }) => id))])
