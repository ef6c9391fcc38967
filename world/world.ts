import type { OutboxNode } from '../model/outbox-node.ts'
import type { Source } from '../model/source.ts'
import type { EntityRef, Flags, Member, NewEntity, NewEvent, Snapshot } from '../model/world-data.ts'
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

  /**
   * The name of the fleet whose changes the outbox has, and whose keys in the cache have it, too. Without it: the fleet
   * without a name.
   */
  readonly fleet?: string | undefined

  /** Calls the listener for each property that readers do not get as it stands in the source, once for each. */
  onUnreadable?(listener: (what: Unreadable) => void): void

  /**
   * Whether a load without the bookmark of a change may lack it for long, as on a replica that lags. Default false: then at
   * most one that a new leader answers.
   */
  readonly lags?: boolean

  /**
   * Calls the listener with the bookmarks of each write in a world, before the method that writes resolves. Bookmarks name
   * commits, see `LoadAfter`; only the source understands them.
   */
  onBookmarks?(listener: (worldId: string, bookmarks: readonly string[]) => void): void

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
  /**
   * Whether the source is known to be away: entries that could not be renewed are extended. Without it every load that
   * rejects with `WorldUnavailable` says so.
   */
  isAway?(): boolean
  /** The smallest query of the source: pages show by it whether it answers. */
  ping?(): Promise<void>
  /**
   * Writes as the game does, and changes nothing: the limit of loads follows its latency. Answers a mark, which is another
   * one if something was written to the source since the last.
   */
  probe?(): Promise<string>

  close(): Promise<void>
}

/** When a node was recorded: so long ago. Milliseconds. */
export interface Recorded {
  atLeastMs: number
  atMostMs: number
}

/**
 * Changes that were committed in transactions of the source and are not yet delivered to the queue. What is pending is
 * selected, never passed over by a cursor: a node stays until it is removed or put aside by what it is.
 *
 * Every method rejects with `WorldUnavailable` if the source does not answer.
 */
export interface Outbox {
  /** Writes a node in a transaction of its own. Returns its id; default: a random one. */
  record(worldId: string, changes: readonly object[], id?: string): Promise<string>
  /**
   * Some of what is pending, at most `limit`, in no particular order; an empty page means that nothing is. `except`: worlds
   * whose nodes are left out, however many they are, so that others are reached behind them.
   */
  pending(limit: number, options?: { except?: readonly string[] }): Promise<OutboxNode[]>
  /**
   * Forgets these nodes, and only these: where one has gone meanwhile and another stands in its place, that one stays.
   * A node that is not there any more is no error.
   */
  remove(nodes: readonly OutboxNode[]): Promise<void>
  /** Puts nodes aside that can never be delivered, with the reason: they are not pending any more, and are kept. */
  setAside(nodes: readonly OutboxNode[], reason: string): Promise<void>
  /** Whether a node of that age is pending, by the source's clock. A node without a time does not count. */
  pendingSince(recorded: Recorded): Promise<boolean>
  /**
   * The worlds of such nodes, each once, without these and at most `limit`; '' stands for what is no text. Where it is
   * missing, a shard of a Redis Cluster waits for the changes of all worlds.
   */
  worldsSince?(recorded: Recorded, options: { except: readonly string[]; limit: number }): Promise<string[]>
  /** How many are pending, and the age of the oldest in milliseconds; null where none is, or none says since when. */
  backlog(): Promise<{ pending: number; oldestMs: number | null }>
}

/** What happens together with a write, so that a cache can be kept in step with it. */
export interface WriteThrough {
  /** Recorded in the outbox in the same transaction. */
  outbox: { id: string; changes: readonly object[] }
  /**
   * Called inside the transaction, after the writes and before the commit, while writers of the same world wait; what
   * it throws rolls everything back. It is not called where the write is refused, the world unknown, or the source down.
   * It may be called again, since a transaction that meets a passing failure is run again.
   *
   * Once it was called, a rejection with `WorldUnavailable` leaves open whether the write was committed.
   */
  beforeCommit(): Promise<void>
}
