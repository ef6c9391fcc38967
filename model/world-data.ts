import type { Json } from './json.ts'
import { compareText } from './timestamp.ts'

export const entityTypes = ['character', 'location', 'object'] as const
export type EntityType = (typeof entityTypes)[number]

export interface EntityRef {
  type: EntityType
  id: string
}

/** An entity as readers get it: every property of its node that is not private, `id` and `type` in place of `character_id` and the like. */
export interface Entity {
  id: string
  type: EntityType
  name: string | null
  [property: string]: Json
}

/** An entity of a world, as warming needs it. Private entities are never listed. */
export interface Member extends EntityRef {
  /** False only where the entity says `active: false`. Timelines of inactive entities are not prefilled. */
  active: boolean
}

/** An entity to write: properties that a source cannot hold as they are (maps, mixed lists) it stores as JSON text. */
export interface NewEntity extends EntityRef {
  name: string | null
  props: Record<string, Json>
}

/** The order of members: by type, then by id. */
export const compareRefs = (a: EntityRef, b: EntityRef): number =>
  entityTypes.indexOf(a.type) - entityTypes.indexOf(b.type) || compareText(a.id, b.id)

/** An event of a timeline, as readers get it. */
export interface TimelineEvent {
  event_id: string
  event_type: string | null
  title: string | null
  description: string | null
  /** ISO text as the source has it; without an offset it means UTC. Years before 100 and before Christ occur. */
  timestamp: string
  /** Entities of any kind. */
  participants: string[]
  location_id: string | null
  consequences: Json
  /** -1 to 1. */
  emotional_impact: number | null
  /** 1 to 10. */
  significance_level: number | null
  tags: string[]
  metadata: Record<string, Json>
}

/** What its fields hold where nothing is given. Copy it (the lists and maps are shared). */
export const emptyEvent: Omit<TimelineEvent, 'event_id' | 'timestamp'> = {
  event_type: null,
  title: null,
  description: null,
  participants: [],
  location_id: null,
  consequences: null,
  emotional_impact: null,
  significance_level: null,
  tags: [],
  metadata: {},
}

/** An event to write. It stands on the timeline of each participant and of its location. */
export type NewEvent = Pick<TimelineEvent, 'event_id' | 'timestamp'> & Partial<typeof emptyEvent>

/** A world's flags, by name. */
export type Flags = Record<string, Json>

/** A world's state, without its flags. Timestamps are ISO text, exactly as the source has them. */
export interface Snapshot {
  world_id: string
  world_name: string | null
  world_status: string | null
  current_time: string | null
  last_evolution: string | null
  evolution_schedule: Json
  active_characters: Record<string, Json>
  active_locations: Record<string, Json>
  active_objects: Record<string, Json>
  metadata: Record<string, Json>
}

/** What its fields hold where nothing is given. Copy it (the maps are shared). */
export const emptySnapshot: Omit<Snapshot, 'world_id'> = {
  world_name: null,
  world_status: null,
  current_time: null,
  last_evolution: null,
  evolution_schedule: null,
  active_characters: {},
  active_locations: {},
  active_objects: {},
  metadata: {},
}

/** What an entry of a kind belongs to: the world as a whole, an entity by its id alone, or an entity by type and id. */
export type Per = 'world' | 'entity' | 'typed-entity'

/** Which entry of a kind is meant, beside its world. */
export type Item<P extends Per = Per> = P extends 'world' ? null : P extends 'entity' ? string : EntityRef

/** One cached value of a world, named without its key: its kind, and the id and type that the kind has. */
export interface Target {
  kind: string
  id?: string
  type?: EntityType
}
