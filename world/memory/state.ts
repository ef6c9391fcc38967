import { copyJson, type Json, withDigitsOf } from '../../model/json.ts'
import { namesOf } from '../../model/new-events.ts'
import { meansPrivate } from '../../model/privacy.ts'
import { compareEvents, indexAfter } from '../../model/timestamp.ts'
import {
  compareRefs,
  type EntityRef,
  type EntityType,
  emptyEvent,
  emptySnapshot,
  entityTypes,
  type Flags,
  type Member,
  type NewEntity,
  type NewEvent,
  type Snapshot,
  type TimelineEvent,
} from '../../model/world-data.ts'

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

/** A game marks an event as private beside its fields. */
export type StoredEvent = TimelineEvent & { private?: unknown }

const oldestFirst = (a: TimelineEvent, b: TimelineEvent): number => compareEvents(b, a)

/** Puts an event into a timeline, oldest first, unless it stands there. */
export function insert(timeline: StoredEvent[], event: StoredEvent): void {
  const last = timeline.at(-1)
  const place =
    last && oldestFirst(last, event) >= 0 ? indexAfter(timeline, event, oldestFirst) : timeline.length
  if (timeline[place - 1]?.event_id !== event.event_id) timeline.splice(place, 0, event)
}

export const holds = (timeline: readonly StoredEvent[], event: StoredEvent): boolean =>
  timeline[indexAfter(timeline, event, oldestFirst) - 1] === event

/** Takes an event off a timeline; false if it does not stand there. */
export function remove(timeline: StoredEvent[], event: StoredEvent): boolean {
  if (!holds(timeline, event)) return false
  timeline.splice(indexAfter(timeline, event, oldestFirst) - 1, 1)
  return true
}

/** The newest `limit` events that are not private, newest first. */
export function newest(timeline: readonly StoredEvent[], limit: number): TimelineEvent[] {
  const found: TimelineEvent[] = []
  for (let i = timeline.length - 1; i >= 0 && found.length < limit; i--) {
    const event = timeline[i]
    if (event && !meansPrivate(event.private))
      found.push(event.private === undefined ? event : unmarked(event))
  }
  return found
}

function unmarked({ private: _mark, ...event }: StoredEvent): TimelineEvent {
  return event
}
