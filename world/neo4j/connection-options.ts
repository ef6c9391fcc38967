export interface ConnectionOptions {
  /** `neo4j://host:port` (or `bolt://` for exactly one server). */
  uri: string
  user: string
  password: string
  /** Default: the user's home database. */
  database?: string
  /** How many connections for loads at most; loads beyond wait. Default 20. */
  maxConnectionPoolSize?: number
  /** How many for writes, which have a pool of their own, so that they never wait for a load. Default 10. */
  maxWriteConnections?: number
  /** How long a new connection may take, in ms. Default 3000. */
  connectTimeoutMs?: number
  /** How long to wait for a free connection, in ms. Default 5000. */
  acquireTimeoutMs?: number
  /** How long a query may run before it is given up, here and in Neo4j, in ms. Default 30,000. */
  queryTimeoutMs?: number
  /** For how long a write that met a passing failure (a deadlock, a new leader) is tried again, in ms. Default 5000. */
  retryWritesForMs?: number
  /**
   * On a cluster: `followers` lightens the leader. A follower may lag, so a load waits for the bookmarks of reported changes:
   * give `changed` the bookmark of a change, or record it (`HEARTH_NEO4J_READS`). Default `leader`.
   */
  readsFrom?: 'leader' | 'followers'
  /**
   * How long a load waits for a server that lacks a reported change; then it rejects, in ms. With followers it goes to the
   * leader then, and so it does after this time from a follower that says nothing. Default 10,000.
   */
  bookmarkTimeoutMs?: number
}
