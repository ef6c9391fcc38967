import type { EntityType } from './entity.ts'

/** One cached value of a world, named without its key: its kind, and the id and type that the kind has. */
export interface Target {
  kind: string
  id?: string
  type?: EntityType
}
