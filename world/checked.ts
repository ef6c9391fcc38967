import {
  type Check,
  entityRef,
  entityRefs,
  idOf,
  ids,
  list,
  object,
  positive,
  withChecks,
  worldIdOf,
  wrong,
} from '../model/arguments.ts'
import type { World } from './world.ts'

/** Of each method that answers with a promise; what is in flags, snapshots and events is checked by what writes them. */
const checks = {
  flags: worldIdOf,
  snapshot: worldIdOf,
  entities(worldId, refs) {
    worldIdOf(worldId)
    entityRefs(refs, 'refs')
  },
  timelines(worldId, entityIds, limit) {
    worldIdOf(worldId)
    ids(entityIds, 'entityIds')
    positive(limit, 'limit')
  },
  members(worldId, given) {
    worldIdOf(worldId)
    const { after, limit } = object(given, 'page')
    if (after !== undefined) entityRef(after, 'page.after')
    positive(limit, 'page.limit')
  },
  saveSnapshot: writeThrough,
  setFlags: writeThrough,
  putEntities(worldId, entities) {
    worldIdOf(worldId)
    entityRefs(entities, 'entities')
    for (const [i, entity] of list(entities, 'entities').entries()) {
      const { name, props } = entity as Record<string, unknown>
      if (typeof name !== 'string' && (name ?? null) !== null)
        throw wrong(`entities.${i}.name`, 'must be text or null', name)
      object(props, `entities.${i}.props`)
    }
  },
  removeEntities(worldId, refs) {
    worldIdOf(worldId)
    entityRefs(refs, 'refs')
  },
  addEvents(worldId, events) {
    worldIdOf(worldId)
    for (const [i, event] of list(events, 'events').entries()) {
      const { event_id, participants, location_id } = object(event, `events.${i}`)
      idOf(event_id, `events.${i}.event_id`)
      if ((participants ?? null) !== null) ids(participants, `events.${i}.participants`)
      if ((location_id ?? null) !== null) idOf(location_id, `events.${i}.location_id`)
    }
  },
} satisfies Partial<Record<keyof World, Check>>

function writeThrough(worldId: unknown, _: unknown, through: unknown): void {
  worldIdOf(worldId)
  if (through === undefined) return
  const { outbox, beforeCommit } = object(through, 'through')
  const { id, changes } = object(outbox, 'through.outbox')
  idOf(id, 'through.outbox.id')
  list(changes, 'through.outbox.changes')
  if (typeof beforeCommit !== 'function')
    throw wrong('through.beforeCommit', 'must be a function', beforeCommit)
}

/** The same, with arguments that are checked before anything is done: `InvalidInput`. */
export function checkedWorld<W extends World>(world: W): W {
  return {
    ...withChecks(world, checks),
    readable(event) {
      object(event, 'event')
      return world.readable(event)
    },
  }
}
