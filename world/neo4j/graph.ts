import { type EntityType, entityTypes } from '../../model/entity.ts'
import { publicMarks } from '../../model/private-mark.ts'
import { formsOf, idText } from './id-forms.ts'

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
  entityTypes
    .map(type => {
      const { label, id, contains } = nodeOf[type]
      return `NOT EXISTS {
      MATCH (twin:${label}) WHERE twin.${id} IN ${formsOf(entityId)} AND twin.world_id IS NULL
      WITH twin MATCH (twin)<-[:${contains}]-(other:World) WHERE other.world_id <> $worldId
      RETURN twin
    }`
    })
    .join(' AND ')

const marks = publicMarks.map(mark => `'${mark}'`).join(', ')

/** Cypher: a node that is not marked as private, by the rule of `meansPrivate`. What has no text, like a list, is. */
export const isPublic = (node: string): string =>
  `(${node}.private IS NULL OR coalesce(toLower(toStringOrNull(${node}.private)) IN [${marks}], false))`
