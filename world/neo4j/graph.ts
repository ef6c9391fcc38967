import { worldNotFound } from '../../model/input.ts'
import { publicMarks } from '../../model/privacy.ts'
import { compareText } from '../../model/timestamp.ts'
import { type EntityType, entityTypes } from '../../model/world-data.ts'
import type { Query } from './connection.ts'

/** How the graph names each type of entity: its label, its id's property, and the relationship from its World. */
export const nodeOf = {
  character: { label: 'Character', id: 'character_id', contains: 'CONTAINS_CHARACTER' },
  location: { label: 'Location', id: 'location_id', contains: 'CONTAINS_LOCATION' },
  object: { label: 'Object', id: 'object_id', contains: 'CONTAINS_OBJECT' },
} as const satisfies Record<EntityType, { label: string; id: string; contains: string }>

/**
 * Cypher: the entities of world `w` whose id is in the list `ids` (an expression for `idForms`), one row each of
 * `columns` (a function of the entity's variable `n` and its id's text). Each type is one index seek where its id has an index, else one
 * scan of its label, however many ids there are.
 */
export function matchEntities(ids: string, columns: (id: string, type: EntityType) => string): string {
  const branches = entityTypes.map(type => {
    const { label, id, contains } = nodeOf[type]
    return `MATCH (n:${label}) WHERE n.${id} IN ${ids} AND EXISTS { (w)-[:${contains}]->(n) }
      RETURN ${columns(idText(`n.${id}`), type)}`
  })
  return branches.join('\nUNION ALL\n')
}

/** Cypher: a Timeline or an event that bears the id of the world of `$worldId`, or of none. */
export const isOurs = (node: string): string => `(${node}.world_id = $worldId OR ${node}.world_id IS NULL)`

/**
 * Cypher: no world but that of `$worldId` has an entity of this id (an expression for its text) that bears no world's id.
 * Where one has, a Timeline of that id that bears none may be that other world's: Hearth never makes it this one's.
 */
export const isOnlyOurs = (entityId: string): string =>
  entityTypes.map(type => `NOT EXISTS { ${plainTwins(type, entityId)} RETURN twin }`).join(' AND ')

/** Cypher: the entities of this type and id that bear no world's id, as `twin`, with each other world that has them, as `other`. */
export function plainTwins(type: EntityType, entityId: string): string {
  const { label, id, contains } = nodeOf[type]
  return `MATCH (twin:${label}) WHERE twin.${id} IN ${formsOf(entityId)} AND twin.world_id IS NULL
    WITH twin MATCH (twin)<-[:${contains}]-(other:World) WHERE other.world_id <> $worldId`
}

const marks = publicMarks.map(mark => `'${mark}'`).join(', ')

/** Cypher: a node that is not marked as private, by the rule of `meansPrivate`. What has no text, like a list, is. */
export const isPublic = (node: string): string =>
  `(${node}.private IS NULL OR coalesce(toLower(toStringOrNull(${node}.private)) IN [${marks}], false))`

/**
 * A game may keep its ids as INTEGER; for Hearth, whose ids are text, such an id is its decimal text. The pattern is
 * read alike by JavaScript and Neo4j.
 */
const integerText = '0|-?[1-9][0-9]{0,18}'
const isIntegerText = new RegExp(`^(?:${integerText})$`)

/** What an INTEGER of Neo4j's can be. */
export const [leastInteger, greatestInteger] = [-(2n ** 63n), 2n ** 63n - 1n]

/** What to look for in the graph to find these ids: each as text, and as INTEGER where one has that text. */
export function idForms(ids: readonly string[]): (string | bigint)[] {
  return ids.flatMap(id => {
    if (!isIntegerText.test(id)) return [id]
    const integer = BigInt(id)
    return integer >= leastInteger && integer <= greatestInteger ? [id, integer] : [id]
  })
}

/** Cypher: the same of one id, an expression for text. */
export const formsOf = (id: string): string =>
  `CASE WHEN ${id} =~ '${integerText}' THEN [${id}, toIntegerOrNull(${id})] ELSE [${id}] END`

/** Cypher: the text of an id, from whatever a property holds. */
export const idText = (property: string): string => `toStringOrNull(${property})`

/** Cypher: whether a property holds what can be an id. */
export const isIdLike = (property: string): string =>
  `(${property} IS :: STRING NOT NULL OR ${property} IS :: INTEGER NOT NULL)`

/** INTEGERs from the first to the second, both included. */
type IntegerRange = [bigint, bigint]

/**
 * The INTEGERs whose text comes after a text, in ranges of one number of digits each: in such a range the order of the
 * texts is the order of an index, ascending for `positive`, descending for `negative`.
 */
export function integersAfter(text: string): { positive: IntegerRange[]; negative: IntegerRange[] } {
  const positive: IntegerRange[] = []
  const negative: IntegerRange[] = []
  for (let digits = 1n; digits <= 19n; digits++) {
    const first = digits === 1n ? 0n : 10n ** (digits - 1n)
    const last = 10n ** digits - 1n
    const from = firstWhere(first, last, integer => compareText(`${integer}`, text) > 0)
    const fromNegative = firstWhere(first, last, integer => compareText(`-${integer}`, text) > 0)
    if (from <= last && from <= greatestInteger)
      positive.push([from, last < greatestInteger ? last : greatestInteger])
    if (fromNegative <= last && -fromNegative >= leastInteger)
      negative.push([-last > leastInteger ? -last : leastInteger, -fromNegative])
  }
  return { positive, negative }
}

/** The first of these for which it is so, as it is for all that follow; the one after the last if there is none. */
function firstWhere(first: bigint, last: bigint, isSo: (integer: bigint) => boolean): bigint {
  let [low, high] = [first, last + 1n]
  while (low < high) {
    const middle = (low + high) / 2n
    if (isSo(middle)) high = middle
    else low = middle + 1n
  }
  return low
}

/** Cypher: holds the node `w` until the transaction ends. */
export const holdWorld = 'SET w.hearth_lock = true REMOVE w.hearth_lock'

/**
 * Holds the world's node until the transaction ends, so that writes to one world follow one another: what a later
 * query of the transaction reads is the newest, and nothing is made twice where no constraint forbids it.
 * @throws HearthError `WorldNotFound`
 */
export async function lockWorld(query: Query, worldId: string): Promise<void> {
  const rows = await query(`MATCH (w:World {world_id: $worldId}) ${holdWorld} RETURN 1 AS one`, { worldId })
  if (rows.length === 0) throw worldNotFound(worldId)
}
