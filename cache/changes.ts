import type { Entry, Keys } from './keys.ts'

/** What a backend did to the truth. */
export type Change =
  | { kind: 'event-added'; entityIds: readonly string[] }
  | { kind: 'flags-changed' }
  | { kind: 'snapshot-changed' }
  | { kind: 'entity-created' | 'entity-updated' | 'entity-deleted'; type: EntityType; id: string }

type EntityType = 'character' | 'location' | 'object'

/** What a change makes stale: one cached value, named without its key. */
export type Target =
  | { kind: 'flags' }
  | { kind: 'snapshot' }
  | { kind: 'entity'; type: EntityType; id: string }
  | { kind: 'timeline'; id: string }

/**
 * What changes make stale, each target once. An event: the timeline of every entity it names. An entity: its state;
 * created or deleted also the snapshot, whose `active_…` may name it, and its timeline, which a reader may have
 * found missing, or must not find any more.
 */
export function staleTargets(changes: readonly Change[]): Target[] {
  return uniqueTargets(changes.flatMap(targetsOf))
}

export function uniqueTargets(targets: readonly Target[]): Target[] {
  return [...new Map(targets.map(target => [JSON.stringify(target), target])).values()]
}

function targetsOf(change: Change): Target[] {
  switch (change.kind) {
    case 'event-added':
      return change.entityIds.map(id => ({ kind: 'timeline', id }))
    case 'flags-changed':
      return [{ kind: 'flags' }]
    case 'snapshot-changed':
      return [{ kind: 'snapshot' }]
    case 'entity-updated':
      return [{ kind: 'entity', type: change.type, id: change.id }]
    case 'entity-created':
    case 'entity-deleted':
      return [
        { kind: 'entity', type: change.type, id: change.id },
        { kind: 'timeline', id: change.id },
        { kind: 'snapshot' },
      ]
  }
}

export function entryOf(keys: Keys, worldId: string, target: Target): Entry {
  switch (target.kind) {
    case 'flags':
      return keys.flags(worldId)
    case 'snapshot':
      return keys.snapshot(worldId)
    case 'entity':
      return keys.entity(worldId, target)
    case 'timeline':
      return keys.timeline(worldId, target.id)
  }
}
