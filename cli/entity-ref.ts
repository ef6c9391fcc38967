import { type EntityRef, type EntityType, entityTypes } from '../world/world.ts'
import { UsageError } from './failure.ts'

/** The entity that `--entity` names: `location:l1`. Throws `UsageError`. */
export function entityRefOf(given: string): EntityRef {
  const [, type, id] = /^(\w+):(.+)$/s.exec(given) ?? []
  if (id === undefined || !entityTypes.some(known => known === type)) {
    throw new UsageError(
      `--entity is ${JSON.stringify(given)}; expected <type>:<id>, the type one of ${entityTypes.join(', ')}`,
    )
  }
  return { type: type as EntityType, id }
}
