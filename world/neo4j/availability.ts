import { asError, HearthError } from '../../model/errors.ts'
import { createBreaker } from '../../resilience/breaker.ts'
import type { Connection } from './connection.ts'

/** How often an unanswered query raises the suspicion that Neo4j is away. */
const unansweredMs = 1_000
/** How long the smallest of all queries may take. A long garbage collection takes less, a busy machine may not. */
const limitMs = 2_000
const firstRetryMs = 250

export interface GuardedConnection extends Connection {
  /** Whether the breaker is open: a query that failed while Neo4j answers others is no outage. */
  isAway(): boolean
}

/**
 * A connection that fails at once with `WorldUnavailable` while Neo4j is away, and gives up what is under way when that
 * turns out. A slow query is no outage: the breaker asks a query of its own. After `close()` it is `Closed`.
 */
export function failingFast(connection: Connection): GuardedConnection {
  const breaker = createBreaker({ probe: connection.ping, limitMs, everyMs: 0, firstRetryMs })
  let isClosed = false

  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    requireOpen()
    if (!breaker.closed) throw away(breaker.reason)
    const timer = setInterval(breaker.suspect, unansweredMs)
    try {
      return await breaker.guard(work(), away)
    } catch (error) {
      if (error instanceof HearthError && error.code === 'WorldUnavailable') breaker.suspect()
      throw error
    } finally {
      clearInterval(timer)
    }
  }

  function requireOpen(): void {
    if (isClosed) throw new HearthError('Closed', 'this world was closed: make another one')
  }

  const whileOpen =
    <Given extends unknown[], T>(method: (...given: Given) => Promise<T>) =>
    async (...given: Given): Promise<T> => {
      requireOpen()
      return method(...given)
    }

  return {
    async *stream(cypher, parameters) {
      requireOpen()
      yield* connection.stream(cypher, parameters)
    },
    alter: whileOpen(connection.alter),
    columns: whileOpen(connection.columns),
    ping: whileOpen(connection.ping),
    isAway: () => !breaker.closed,
    read: (...given) => guarded(() => connection.read(...given)),
    write: (work, onBookmarks) => guarded(() => connection.write(work, onBookmarks)),
    async close() {
      isClosed = true
      breaker.stop()
      await connection.close()
    },
  }
}

function away(reason: unknown): HearthError {
  const why = asError(reason).message.replace(/^Neo4j: /, '')
  return new HearthError('WorldUnavailable', `Neo4j is away: ${why}`, { cause: reason })
}
