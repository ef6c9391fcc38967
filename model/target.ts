import type { EntityRef, EntityType } from './entity.ts'

/** What an entry of a kind belongs to: the world as a whole, an entity by its id alone, or an entity by type and id. */
export type Per = 'world' | 'entity' | 'typed-entity'

/** Which entry of a kind is meant, beside its world. */
export type Item<P extends Per = Per> = P extends 'world' ? null : P extends 'entity' ? string : EntityRef

/** One cached value of a world, named without its key: its kind, and the id and type that the kind has. */
export interface Target {
  kind: string
  id?: string
  type?: EntityType
}
