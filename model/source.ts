import type { z } from 'zod'
import type { ReadablePending } from './with-pending.ts'
import type { Entity, EntityRef, Flags, Item, Per, Snapshot, TimelineEvent } from './world-data.ts'

/** What a load has to see. For sources with servers that lag; every other source may leave it unread. */
export interface LoadAfter {
  /**
   * The source's own texts for commits: the server that answers has all of these. Where it does not come that far in time
   * the load rejects with `WorldUnavailable`. A text that is no bookmark of the source's names nothing.
   */
  readonly bookmarks: readonly string[]
  /** May be called with bookmarks that name all of it. */
  onReached(bookmarks: readonly string[]): void
}

/** What a kind's entries can be loaded from. */
export interface Source {
  /** `null` where there is no such world; likewise below. */
  flags(worldId: string, after?: LoadAfter): Promise<Flags | null>
  snapshot(worldId: string, after?: LoadAfter): Promise<Snapshot | null>
  /** One load for all, answers in the order of `refs`. A private or unknown entity is `null`. */
  entities(worldId: string, refs: readonly EntityRef[], after?: LoadAfter): Promise<(Entity | null)[]>
  /**
   * The newest `limit` events of each timeline, newest first (by timestamp, then by `event_id`, both descending), in
   * the order of `entityIds`. `null` for an entity the world does not have (or that is private), `[]` for one
   * without events. Private events are left out.
   */
  timelines(
    worldId: string,
    entityIds: readonly string[],
    limit: number,
    after?: LoadAfter,
  ): Promise<(TimelineEvent[] | null)[]>
  /**
   * What a kind's own query finds, in the order of `items`; `null` for what it does not find, and for what belongs to a
   * private entity. Values have passed the privacy filter. Throws `ColumnMismatch` for a value that is not of the
   * kind's schema, and `InvalidConfig` where the source does not speak Cypher.
   */
  query<Value>(
    kind: QueriedKind<Value>,
    worldId: string,
    items: readonly Item[],
    after?: LoadAfter,
  ): Promise<(Value | null)[]>
  /**
   * What may be read of values that a kind loaded by a function of its own: without private fields, and null for what
   * belongs to a private entity. Throws `ColumnMismatch` for a value that is not of the kind's schema.
   */
  passing<Value>(
    kind: OwnKind<Value>,
    worldId: string,
    found: { items: readonly Item[]; values: readonly unknown[] },
    after?: LoadAfter,
  ): Promise<(Value | null)[]>
}

/** What decides whether a value is of a kind. */
export interface OwnKind<Value = unknown> {
  readonly name: string
  readonly per: Per
  readonly value: z.ZodType<Value>
}

/** A kind that is loaded by Cypher of its own. */
export interface QueriedKind<Value = unknown> extends OwnKind<Value> {
  readonly cypher: string
  readonly topK: number
}

/** What a load has beside its source. */
export interface LoadContext {
  /** How many of the newest events a cached timeline has. */
  topK: number
  /** Events that were accepted and are not yet in the source. */
  pending: PendingReader
  /** The value will be handed out and not stored, so it may be the best there is. */
  unstored: boolean
}

/** Events that were accepted and are not yet in the source. */
export interface PendingReader {
  /**
   * Loads, and answers with what is pending for each entity: the newest `limit` events that stand on its timeline and may
   * be read, and besides what is hidden there. An event on its way from there into the source is in what was loaded or
   * among these; for that `load` may be called twice, and the first answer thrown away. With `unstored` only a load can
   * fail: where pending events cannot be had, it answers what this process knows of them.
   */
  withPending<T>(
    asked: { worldId: string; entityIds: readonly string[]; limit: number; unstored: boolean },
    load: () => Promise<T>,
  ): Promise<{ loaded: T; pending: ReadablePending[][] }>
}

/** For worlds to which nothing is appended. */
export const nothingPending: PendingReader = {
  withPending: async ({ entityIds }, load) => ({ loaded: await load(), pending: entityIds.map(() => []) }),
}
