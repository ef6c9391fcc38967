import { copyJson } from '../../model/copy.ts'
import { withDigitsOf } from '../../model/digits.ts'
import {
  compareRefs,
  type EntityRef,
  type EntityType,
  entityTypes,
  type Member,
  type NewEntity,
} from '../../model/entity.ts'
import { emptyEvent, type NewEvent } from '../../model/event.ts'
import type { Json } from '../../model/json.ts'
import { namesOf } from '../../model/new-events.ts'
import { meansPrivate } from '../../model/private-mark.ts'
import { holds, insert, remove, type StoredEvent } from '../../model/sorted-events.ts'
import { emptySnapshot, type Flags, type Snapshot } from '../../model/state.ts'

/** One world of an `embeddedWorld`. */
export interface WorldState {
  snapshot: Snapshot
  flags: Flags
  entities: Record<EntityType, Map<string, NewEntity>>
  /** Oldest first, so that what comes in the order of time is appended. By entity id; made with the first event. */
  timelines: Map<string, StoredEvent[]>
  events: Map<string, StoredEvent>
  /** The members in their order; forgotten by every change of entities. */
  members: Member[] | undefined
}

export function emptyWorld(worldId: string): WorldState {
  const snapshot = { world_id: worldId, ...emptySnapshot }
  const entities = { character: new Map(), location: new Map(), object: new Map() }
  return { snapshot, flags: {}, entities, timelines: new Map(), events: new Map(), members: undefined }
}

export const isPrivate = (entity: NewEntity): boolean => meansPrivate(entity.props['private'])

/** Whether the world has an entity of this id, of whatever type. */
export const knows = (world: WorldState, id: string): boolean => ofId(world, id).length > 0

/** Whether an entity of this id may be seen. */
export const shows = (world: WorldState, id: string): boolean =>
  ofId(world, id).some(entity => !isPrivate(entity))

/** Whether the entity is private; of an id alone, whether one of its entities is. */
export const hides = (world: WorldState, item: string | EntityRef): boolean =>
  typeof item === 'string'
    ? ofId(world, item).some(isPrivate)
    : ofId(world, item.id).some(entity => entity.type === item.type && isPrivate(entity))

const ofId = (world: WorldState, id: string): NewEntity[] =>
  entityTypes.flatMap(type => world.entities[type].get(id) ?? [])

export function membersOf(world: WorldState): Member[] {
  const all = entityTypes.flatMap(type => [...world.entities[type].values()])
  const listed = all.filter(entity => !isPrivate(entity))
  return listed
    .map(({ type, id, props }) => ({ type, id, active: props['active'] !== false }))
    .sort(compareRefs)
}

/** A property that is `null` is none, as in a graph. */
export function merged(before: Record<string, Json>, patch: Record<string, Json>): Record<string, Json> {
  const both = { ...before, ...withDigitsOf(before, copyJson(patch)) }
  for (const name of Object.keys(patch)) {
    if (both[name] === null) delete both[name]
  }
  return both
}

/**
 * Idempotent. An event that is known already is updated in the fields that are given, wherever it stands, and comes to
 * stand on timelines that it lacks; answers whose timelines it stands on then.
 */
export function addEvent(world: WorldState, given: NewEvent): string[] {
  const known = world.events.get(given.event_id)
  const event = known ?? { ...emptyEvent, ...copyJson(given) }
  if (known) update(world, known, withDigitsOf(known, copyJson(given)))
  else world.events.set(event.event_id, event)
  for (const id of namesOf(given)) {
    if (!knows(world, id)) continue
    const timeline = world.timelines.get(id) ?? []
    world.timelines.set(id, timeline)
    insert(timeline, event)
  }
  return known ? [...world.timelines].flatMap(([id, timeline]) => (holds(timeline, event) ? [id] : [])) : []
}

/** Timelines share the event; only a new timestamp, which is rare, moves it in each. */
function update(world: WorldState, event: StoredEvent, given: NewEvent): void {
  const isMoved = given.timestamp !== event.timestamp
  const moved = isMoved ? [...world.timelines.values()].filter(timeline => remove(timeline, event)) : []
  Object.assign(event, given)
  for (const timeline of moved) insert(timeline, event)
}
