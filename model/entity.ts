import type { Json } from './json.ts'
import { compareText } from './timestamp.ts'

export const entityTypes = ['character', 'location', 'object'] as const
export type EntityType = (typeof entityTypes)[number]

export interface EntityRef {
  type: EntityType
  id: string
}

/** An entity as readers get it: every property of its node that is not private, `id` and `type` in place of `character_id` and the like. */
export interface Entity {
  id: string
  type: EntityType
  name: string | null
  [property: string]: Json
}

/** An entity of a world, as warming needs it. Private entities are never listed. */
export interface Member extends EntityRef {
  /** False only where the entity says `active: false`. Timelines of inactive entities are not prefilled. */
  active: boolean
}

/** An entity to write: properties that a source cannot hold as they are (maps, mixed lists) it stores as JSON text. */
export interface NewEntity extends EntityRef {
  name: string | null
  props: Record<string, Json>
}

/** The order of members: by type, then by id. */
export const compareRefs = (a: EntityRef, b: EntityRef): number =>
  entityTypes.indexOf(a.type) - entityTypes.indexOf(b.type) || compareText(a.id, b.id)
