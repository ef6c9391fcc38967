import neo4j, { type Driver, type Session, type SessionMode } from 'neo4j-driver'
import { withoutPassword } from '../../resilience/server-words.ts'
import { createBookmarkWaits, type RunAfter } from './bookmark-waits.ts'
import type { ConnectionOptions } from './connection-options.ts'

/** The servers that do one kind of work, and the connections to them. */
export interface Way {
  open(bookmarks?: readonly string[]): Session
  runAfter: RunAfter
}

/** Loads, writes and probes have connections of their own, so that none of them waits for another kind. */
export interface Ways {
  /** In place of the leader, where `readsFrom` says so. */
  followers: { loads: Way; probes: Way } | undefined
  leader: { loads: Way; writes: Way; probes: Way }
  close(): Promise<void>
}

export function openWays(options: ConnectionOptions): Ways {
  const { retryWritesForMs = 5_000, bookmarkTimeoutMs: limitMs = 10_000, database } = options
  const at = withoutPassword(options.uri)
  const opened = (maxConnectionPoolSize: number, maxTransactionRetryTime = retryWritesForMs) =>
    neo4j.driver(options.uri, neo4j.auth.basic(options.user, options.password), {
      useBigInt: true,
      maxConnectionPoolSize,
      connectionTimeout: options.connectTimeoutMs ?? 3_000,
      connectionAcquisitionTimeout: options.acquireTimeoutMs ?? 5_000,
      maxTransactionRetryTime,
      telemetryDisabled: true,
      // A world without an event has no TimelineEvent; Neo4j would warn of that with every row.
      notificationFilter: { minimumSeverityLevel: 'OFF' },
    })
  const loads = opened(options.maxConnectionPoolSize ?? 20)
  const writes = opened(options.maxWriteConnections ?? 10)
  const probes = opened(2, 0)

  const wayOf = (defaultAccessMode: SessionMode, runAfter: RunAfter) => (driver: Driver) => ({
    open: (bookmarks: readonly string[] = []) =>
      driver.session({ defaultAccessMode, bookmarks: [...bookmarks], ...(database ? { database } : {}) }),
    runAfter,
  })
  const { READ, WRITE } = neo4j.session
  const toLeader = wayOf(WRITE, createBookmarkWaits({ limitMs, at }))
  // The leader can take over from a follower, so there each query has to begin in time.
  const toFollowers = wayOf(READ, createBookmarkWaits({ limitMs, at, always: true }))

  return {
    followers:
      options.readsFrom === 'followers'
        ? { loads: toFollowers(loads), probes: toFollowers(probes) }
        : undefined,
    leader: { loads: toLeader(loads), writes: toLeader(writes), probes: toLeader(probes) },
    close: async () => void (await Promise.all([loads, writes, probes].map(driver => driver.close()))),
  }
}
