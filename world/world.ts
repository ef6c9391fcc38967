import type { EntityRef, Member, NewEntity } from '../model/entity.ts'
import type { NewEvent } from '../model/event.ts'
import type { Source } from '../model/source.ts'
import type { Flags, Snapshot } from '../model/state.ts'
import type { Outbox, WriteThrough } from './outbox.ts'
import type { Unreadable } from './unreadable.ts'

/**
 * The source: what holds the game's worlds; a database or, for trying and testing, the process itself.
 * Every value that leaves a `World` has passed the privacy filter (`model/privacy.ts`).
 */
export interface World extends Source {
  /** Changes that were recorded in the source's transactions and are not yet delivered. */
  readonly outbox: Outbox
  /** What the source is, for the spans of loads, by OpenTelemetry's names for databases (`db.system.name`, …). */
  readonly traceAttributes?: Readonly<Record<string, string | number>>

  /**
   * The options that decide about what readers get, such as privacy and Cypher of its own, for comparing processes. Without
   * it processes are not compared in that.
   */
  readonly decides?: Readonly<Record<string, unknown>>

  /** Calls the listener for each property that readers do not get as it stands in the source, once for each. */
  onUnreadable?(listener: (what: Unreadable) => void): void

  /** Connects and checks what can be checked (own Cypher's columns). Throws `WorldUnavailable` or `ColumnMismatch`. */
  ready(): Promise<void>

  /** At most `limit` members in the order of (type, id), beginning after `after`; an empty page is the end. */
  members(worldId: string, page: { after?: EntityRef; limit: number }): Promise<Member[]>

  /**
   * Creates the world, or replaces those fields of its snapshot that are given. Returns the whole snapshot.
   * Throws `InvalidInput` for what is no field of a snapshot.
   */
  saveSnapshot(worldId: string, snapshot: Partial<Snapshot>, through?: WriteThrough): Promise<Snapshot>
  /**
   * Merges into the world's flags; `null` removes a flag. Returns what the source holds then. Throws `WorldNotFound`,
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
  /** The smallest query of the source, apart from the loads: their limit follows its latency. */
  ping?(): Promise<void>

  close(): Promise<void>
}
