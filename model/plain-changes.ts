import type { Change } from './changes.ts'
import { isId } from './ids.ts'
import { type EntityType, entityTypes } from './world-data.ts'

/**
 * Copies of changes as most backends report them: a few events or entities, nothing else in them. Undefined for all others,
 * right or wrong, which are `changesSchema`'s to judge: zod takes as long for a lone change as Redis takes to invalidate.
 */
export function plainChanges(given: unknown): Change[] | undefined {
  if (!Array.isArray(given) || given.length === 0 || given.length > mostPlain) return undefined
  const changes: Change[] = []
  for (const each of given) {
    const change = plainChange(each)
    if (change === undefined) return undefined
    changes.push(change)
  }
  return changes
}

/** Of changes in a call, and of ids in a change. */
const mostPlain = 20

function plainChange(given: unknown): Change | undefined {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return undefined
  const { kind } = given as { kind?: unknown }
  const fields = Object.keys(given).length
  switch (kind) {
    case 'event-added': {
      const { entityIds } = given as { entityIds?: unknown }
      return fields === 2 && arePlainIds(entityIds) ? { kind, entityIds: [...entityIds] } : undefined
    }
    case 'flags-changed':
    case 'snapshot-changed':
      return fields === 1 ? { kind } : undefined
    case 'entity-created':
    case 'entity-updated':
    case 'entity-deleted': {
      const { type, id } = given as { type?: unknown; id?: unknown }
      return fields === 3 && isEntityType(type) && isId(id) ? { kind, type, id } : undefined
    }
    default:
      return undefined
  }
}

const isEntityType = (given: unknown): given is EntityType => entityTypes.some(type => type === given)

const arePlainIds = (given: unknown): given is string[] =>
  Array.isArray(given) && given.length > 0 && given.length <= mostPlain && given.every(isId)
