import { HearthError } from '../errors.ts'
import { namesProblem } from './own-names.ts'
import type { NewEntity } from './world.ts'

/** @throws HearthError `InvalidInput`, naming the entity and its property, before anything is written */
export function checkEntities(entities: readonly NewEntity[]): void {
  for (const { type, id, props } of entities) {
    const problem = namesProblem(type, props)
    if (problem !== undefined)
      throw new HearthError('InvalidInput', `${type} ${JSON.stringify(id)}: ${problem}`)
  }
}
