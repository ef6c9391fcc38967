import * as given from '../model/arguments.ts'
import type { World } from './world.ts'

/** Of each method that answers with a promise; what is in flags, snapshots and events is checked by what writes them. */
const checks = {
  flags: given.worldIdOf,
  snapshot: given.worldIdOf,
  entities(worldId, refs) {
    given.worldIdOf(worldId)
    given.entityRefs(refs, 'refs')
  },
  timelines(worldId, entityIds, limit) {
    given.worldIdOf(worldId)
    given.ids(entityIds, 'entityIds')
    given.positive(limit, 'limit')
  },
  members(worldId, page) {
    given.worldIdOf(worldId)
    const { after, limit } = given.object(page, 'page')
    if (after !== undefined) given.entityRef(after, 'page.after')
    given.positive(limit, 'page.limit')
  },
  saveSnapshot: writeThrough,
  setFlags: writeThrough,
  putEntities(worldId, entities) {
    given.worldIdOf(worldId)
    given.entityRefs(entities, 'entities')
    for (const [i, entity] of given.list(entities, 'entities').entries()) {
      const { name, props } = entity as Record<string, unknown>
      if (typeof name !== 'string' && (name ?? null) !== null)
        throw given.wrong(`entities.${i}.name`, 'must be text or null', name)
      given.object(props, `entities.${i}.props`)
    }
  },
  removeEntities(worldId, refs) {
    given.worldIdOf(worldId)
    given.entityRefs(refs, 'refs')
  },
  addEvents(worldId, events) {
    given.worldIdOf(worldId)
    for (const [i, event] of given.list(events, 'events').entries()) {
      const { event_id, participants, location_id } = given.object(event, `events.${i}`)
      given.idOf(event_id, `events.${i}.event_id`)
      if ((participants ?? null) !== null) given.ids(participants, `events.${i}.participants`)
      if ((location_id ?? null) !== null) given.idOf(location_id, `events.${i}.location_id`)
    }
  },
} satisfies Partial<Record<keyof World, given.Check>>

function writeThrough(worldId: unknown, _: unknown, through: unknown): void {
  given.worldIdOf(worldId)
  if (through === undefined) return
  const { outbox, beforeCommit } = given.object(through, 'through')
  const { id, changes } = given.object(outbox, 'through.outbox')
  given.idOf(id, 'through.outbox.id')
  given.list(changes, 'through.outbox.changes')
  if (typeof beforeCommit !== 'function')
    throw given.wrong('through.beforeCommit', 'must be a function', beforeCommit)
}

/** The same, with arguments that are checked before anything is done: `InvalidInput`. */
export function checkedWorld<W extends World>(world: W): W {
  return {
    ...given.withChecks(world, checks),
    readable(event) {
      given.object(event, 'event')
      return world.readable(event)
    },
  }
}
