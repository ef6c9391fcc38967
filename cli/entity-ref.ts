import { type EntityRef, type EntityType, entityTypes } from '../model/entity.ts'
import { UsageError } from './failure.ts'

/** The entity that a flag names: `location:l1`. Throws `UsageError`. */
export function entityRefOf(flag: string, given: string): EntityRef {
  const [, type, id] = /^(\w+):(.+)$/s.exec(given) ?? []
  if (id === undefined || !entityTypes.some(known => known === type)) {
    throw new UsageError(
      `--${flag} is ${JSON.stringify(given)}; expected <type>:<id>, the type one of ${entityTypes.join(', ')}`,
    )
  }
  return { type: type as EntityType, id }
}
