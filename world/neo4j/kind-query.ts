import type { Json } from '../../model/json.ts'
import type { Item } from '../../model/kind.ts'
import { ownValue } from '../../model/privacy.ts'
import type { OwnKind, QueriedKind } from '../../model/source.ts'
import type { Connection, Row } from './connection.ts'
import type { Context } from './context.ts'
import { idForms, isPublic, matchEntities } from './graph.ts'
import { toAny, toText } from './values.ts'

/** The entries of a world that are asked for. */
interface Entries {
  worldId: string
  items: readonly Item[]
}

/** Loads a kind's entries by its own Cypher, without those of private entities and without private fields. */
export async function queryKind<Value>(
  context: Context,
  kind: QueriedKind<Value>,
  { worldId, items }: Entries,
): Promise<(Value | null)[]> {
  const { cypher, topK } = kind
  const valuesOf = async (): Promise<Json[]> => {
    const parameters = { worldId, topK: BigInt(topK), ...itemParameters(items) }
    const rows = await context.connection.read(cypher, parameters)
    const found = new Map(rows.map(row => [rowKey(kind, row), row['value']]))
    return items.map(item => toAny(found.get(itemKey(item))))
  }
  return passingOf(context, kind, { worldId, items, values: valuesOf() })
}

/** What may be read of values that come from elsewhere. */
export async function passingOf<Value>(
  { connection, privacy }: Context,
  kind: OwnKind<Value>,
  given: Entries & { values: readonly unknown[] | Promise<readonly unknown[]> },
): Promise<(Value | null)[]> {
  const [values, hidden] = await Promise.all([given.values, hiddenOf(connection, kind, given)])
  return given.items.map((item, i) =>
    hidden.has(itemKey(item)) ? null : ownValue({ kind, privacy }, item, (values[i] ?? null) as Json),
  )
}

const itemParameters = (items: readonly Item[]) => ({
  ids: [...new Set(items.flatMap(item => (item === null ? [] : typeof item === 'string' ? item : item.id)))],
  refs: items.filter(item => typeof item === 'object' && item !== null),
})

/** What belongs to a private entity; an id alone does where an entity of that id is private, whatever its type. */
async function hiddenOf(
  connection: Connection,
  { per }: OwnKind,
  { worldId, items }: Entries,
): Promise<Set<string>> {
  if (per === 'world') return new Set()
  const { ids } = itemParameters(items)
  const cypher = `MATCH (w:World {world_id: $worldId})
    CALL (w) { ${matchEntities('$ids', (id, type) => `${id} AS id, '${type}' AS type, NOT ${isPublic('n')} AS hidden`)} }
    WITH id, type, hidden WHERE hidden RETURN id, type`
  const rows = await connection.read(cypher, { worldId, ids: idForms(ids) })
  return new Set(rows.flatMap(({ id, type }) => [itemKey(String(id)), `${type}:${id}`]))
}

const itemKey = (item: Item): string =>
  item === null ? '' : typeof item === 'string' ? `:${item}` : `${item.type}:${item.id}`

function rowKey({ per }: QueriedKind, row: Row): string {
  if (per === 'world') return ''
  return per === 'entity' ? `:${toText(row['id'])}` : `${toText(row['type'])}:${toText(row['id'])}`
}
