import type { Outbox, WriteThrough } from './outbox.ts'
import type { Unreadable } from './unreadable.ts'

/**
 * The truth: what Neo4j (or, for trying and testing, the process itself) holds of the game's worlds.
 * Every value that leaves a `World` has passed the privacy filter (`privacy.ts`).
 */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

export const entityTypes = ['character', 'location', 'object'] as const
export type EntityType = (typeof entityTypes)[number]

export interface EntityRef {
  type: EntityType
  id: string
}

export type Flags = Record<string, Json>

/** A world's state, without its flags. Timestamps are ISO text, exactly as the truth has them. */
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

/** An entity as readers get it: every property of its node that is not private, `id` and `type` in place of `character_id` and the like. */
export interface Entity {
  id: string
  type: EntityType
  name: string | null
  [property: string]: Json
}

export interface TimelineEvent {
  event_id: string
  event_type: string | null
  title: string | null
  description: string | null
  /** ISO text as the truth has it; without an offset it means UTC. Years before 100 and before Christ occur. */
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

/** An entity of a world, as warming needs it. Private entities are never listed. */
export interface Member extends EntityRef {
  /** False only where the entity says `active: false`. Timelines of inactive entities are not prefilled. */
  active: boolean
}

/** An entity to write: properties that Neo4j cannot hold (maps, mixed lists) are stored as JSON text. */
export interface NewEntity extends EntityRef {
  name: string | null
  props: Record<string, Json>
}

/** An event to write. It stands on the timeline of each participant and of its location. */
export type NewEvent = Pick<TimelineEvent, 'event_id' | 'timestamp'> &
  Partial<Omit<TimelineEvent, 'event_id' | 'timestamp'>>

/**
 * A number that JavaScript would write with other digits than it has in the source may stand in a value as an
 * `ExactNumber` (`numberOf` in json-text.ts): `jsonText` writes its digits into what is cached, and a caller gets what
 * `JSON.parse` makes of that.
 */
export interface World {
  /** Changes that were recorded with the truth and are not yet delivered. */
  readonly outbox: Outbox
  /** What the truth is, for the spans of loads, by OpenTelemetry's names for databases (`db.system.name`, …). */
  readonly traceAttributes?: Readonly<Record<string, string | number>>

  /** Calls the listener for each property that readers do not get as it stands in the source, once for each. */
  onUnreadable?(listener: (what: Unreadable) => void): void

  /** Connects and checks what can be checked (own Cypher's columns). Throws `WorldUnavailable` or `ColumnMismatch`. */
  ready(): Promise<void>

  /** `null` where there is no such world; likewise below. */
  flags(worldId: string): Promise<Flags | null>
  snapshot(worldId: string): Promise<Snapshot | null>
  /** One load for all, answers in the order of `refs`. A private or unknown entity is `null`. */
  entities(worldId: string, refs: readonly EntityRef[]): Promise<(Entity | null)[]>
  /**
   * The newest `limit` events of each timeline, newest first (by timestamp, then by `event_id`, both descending), in
   * the order of `entityIds`. `null` for an entity the world does not have (or that is private), `[]` for one
   * without events. Private events are left out.
   */
  timelines(worldId: string, entityIds: readonly string[], limit: number): Promise<(TimelineEvent[] | null)[]>
  /** At most `limit` members in the order of (type, id), beginning after `after`; an empty page is the end. */
  members(worldId: string, page: { after?: EntityRef; limit: number }): Promise<Member[]>

  /**
   * Creates the world, or replaces those fields of its snapshot that are given. Returns the whole snapshot.
   * Throws `InvalidInput` for what is no field of a snapshot.
   */
  saveSnapshot(worldId: string, snapshot: Partial<Snapshot>, through?: WriteThrough): Promise<Snapshot>
  /**
   * Merges into the world's flags; `null` removes a flag. Returns what the truth holds then. Throws `WorldNotFound`,
   * and `InvalidInput` for what is no JSON.
   */
  setFlags(worldId: string, patch: Flags, through?: WriteThrough): Promise<Flags>
  /** Creates or updates, idempotently. Throws `WorldNotFound`. */
  putEntities(worldId: string, entities: readonly NewEntity[]): Promise<void>
  removeEntities(worldId: string, refs: readonly EntityRef[]): Promise<void>
  /**
   * Adds events, idempotently by `event_id`, to the timelines of all entities of this world that they name, making
   * timelines on the way. Names that the world does not know are kept in the event and get no timeline.
   * Of an event that was there already the fields that are given change, and the others stay. Resolves with the ids of
   * the entities on whose timelines such events stand: what is cached of them may lack what stayed, or what changed.
   */
  addEvents(worldId: string, events: readonly NewEvent[]): Promise<string[]>

  /** An event that is not written yet, as it may be read: without what is private. `null` if all of it is. */
  readable(event: NewEvent): NewEvent | null
  /** The smallest question that the truth can be asked, beside the loads: by it their limit follows its latency. */
  ping?(): Promise<void>

  close(): Promise<void>
}
