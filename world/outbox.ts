/**
 * Changes that were committed in transactions of the source and are not yet delivered to the queue. What is pending is
 * selected, never passed over by a cursor: a node stays until it is removed or put aside by what it is.
 *
 * Every method rejects with `WorldUnavailable` if the source does not answer.
 */
export interface Outbox {
  /** Writes a node in a transaction of its own. Returns its id; default: a random one. */
  record(worldId: string, changes: readonly object[], id?: string): Promise<string>
  /** Some of what is pending, at most `limit`, in no particular order; an empty page means that nothing is. */
  pending(limit: number): Promise<OutboxNode[]>
  /**
   * Forgets these nodes, and only these: where one has gone meanwhile and another stands in its place, that one stays.
   * A node that is not there any more is no error.
   */
  remove(nodes: readonly OutboxNode[]): Promise<void>
  /** Puts nodes aside that can never be delivered, with the reason: they are not pending any more, and are kept. */
  setAside(nodes: readonly OutboxNode[], reason: string): Promise<void>
  /** Whether a node of that age is pending, by the source's clock. A node without a time does not count. */
  pendingSince(recorded: { atLeastMs: number; atMostMs: number }): Promise<boolean>
  /** How many are pending, and the age of the oldest in milliseconds; null where none is, or none says since when. */
  backlog(): Promise<{ pending: number; oldestMs: number | null }>
}

/** A node as it was found. One that another program wrote may lack anything. */
export interface OutboxNode {
  /** Where it stands; once it is removed, another node may come to stand there. */
  ref: string
  /** `''` where it has none. */
  id: string
  /** `''` where it has none. */
  worldId: string
  /** As written; undefined where that cannot be read. */
  changes: unknown
  /** Why the changes cannot be read, where they cannot. */
  unreadable?: string
  /** By the source's clock, in milliseconds since 1970; 0 where it has none. */
  recordedAtMs: number
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
