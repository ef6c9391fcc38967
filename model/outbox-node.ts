/** Changes that were recorded in the source, as a node of its outbox was found: another program may have written anything. */
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
  /** That name the commit of the node, and what was committed with it; see `LoadAfter`. */
  bookmarks?: readonly string[]
}
