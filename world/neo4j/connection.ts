import { handleWhen, retry } from 'cockatiel'
import neo4j, { type ManagedTransaction, Neo4jError, type QueryResult, type Session } from 'neo4j-driver'
import { HearthError } from '../../model/errors.ts'
import { withHelp, withoutPassword } from '../../resilience/server-words.ts'
import { within } from '../../resilience/within.ts'
import { createBookmarkWaits } from './bookmark-waits.ts'
import { withOnePlan } from './one-plan.ts'

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
  /** How long a load waits for a server that lacks a reported change; then it rejects, in ms. Default 10,000. */
  bookmarkTimeoutMs?: number
}

export interface ReadOptions {
  /** Bookmarks of Neo4j's: the server that reads has what they name. */
  after?: readonly string[]
  /** Gets bookmarks that name all that was read, and all of `after`. */
  onBookmarks?(bookmarks: readonly string[]): void
  /** Default: as `readsFrom` has it. */
  from?: 'leader'
}

export type Parameters = Record<string, unknown>
/** A row, by column. Integers are bigints. */
export type Row = Record<string, unknown>

/** One query of a transaction. */
export type Query = (cypher: string, parameters: Parameters) => Promise<Row[]>

/**
 * Neo4j, in the few ways that a world uses it. What goes wrong is a HearthError: `WorldUnavailable`; of a write also
 * `WorldRefused`; `WorldOverburdened` where a query takes more memory or time than Neo4j allows.
 */
export interface Connection {
  /** One round trip, outside of any transaction of ours. Tried twice: a pooled connection may have died unseen. */
  read(cypher: string, parameters: Parameters, options?: ReadOptions): Promise<Row[]>
  /**
   * In one transaction. `work` runs again after a passing failure, so it must not keep anything from its first run.
   * `onBookmarks` gets those of its commit.
   */
  write<T>(
    work: (query: Query) => Promise<T>,
    onBookmarks?: (bookmarks: readonly string[]) => void,
  ): Promise<T>
  /** Rows as they come, from the leader; Neo4j waits for the reader. */
  stream(cypher: string, parameters: Parameters): AsyncIterable<Row>
  /** A change of the schema, which allows of no transaction around it. */
  alter(cypher: string): Promise<Row[]>
  /** The names of the columns that a query would return; it is not run. */
  columns(cypher: string, parameters: Parameters): Promise<string[]>
  /** The smallest of all queries, on a connection of its own. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** Neo4j looks every 2 s for queries that are over their limit. */
const noticeMs = 3_000

export function connect(options: ConnectionOptions): Connection {
  const { queryTimeoutMs = 30_000, retryWritesForMs = 5_000, bookmarkTimeoutMs = 10_000, database } = options
  const limits = { timeout: queryTimeoutMs }
  const at = withoutPassword(options.uri)
  const mode = options.readsFrom === 'followers' ? neo4j.session.READ : neo4j.session.WRITE
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
  const loads = { driver: opened(options.maxConnectionPoolSize ?? 20), mode }
  const writes = { driver: opened(options.maxWriteConnections ?? 10), mode: neo4j.session.WRITE }
  const probes = { driver: opened(2, 0), mode } // which wait behind no load and no write

  const runAfter = createBookmarkWaits({ limitMs: bookmarkTimeoutMs, at })

  const sessionOf = (
    { driver, mode: defaultAccessMode }: typeof loads,
    bookmarks: readonly string[],
  ): Session =>
    driver.session({ defaultAccessMode, bookmarks: [...bookmarks], ...(database ? { database } : {}) })
  /** The server's own limit ends a slow query; this is of a server that says nothing any more. */
  const unanswered = () =>
    new HearthError('WorldUnavailable', `Neo4j at ${at} did not answer within ${queryTimeoutMs} ms`)

  async function inSession<T>(
    of: typeof loads,
    work: (session: Session) => Promise<T>,
    after: readonly string[] = [],
  ): Promise<T> {
    const session = sessionOf(of, after)
    try {
      return await within(queryTimeoutMs + noticeMs, work(session), unanswered)
    } finally {
      session.close().catch(() => {}) // not waited for: a server that hangs would hold us here too
    }
  }
  const explained = <T>(work: Promise<T>, explain = unavailable): Promise<T> =>
    work.catch(error => {
      throw explain(at, error)
    })
  const rows = (
    of: typeof loads,
    [cypher, parameters]: [string, Parameters],
    { after = [], onBookmarks }: ReadOptions = {},
  ): Promise<Row[]> => {
    const work = async (session: Session) => {
      const run = () => session.run(...withOnePlan(cypher, parameters), limits)
      const found = rowsOf(await runAfter(after, run))
      onBookmarks?.(session.lastBookmarks())
      return found
    }
    return inSession(of, work, after)
  }
  const leader = { driver: loads.driver, mode: neo4j.session.WRITE }

  return {
    read(cypher, parameters, options = {}) {
      const by = (of: typeof loads, given: ReadOptions) =>
        twice.execute(() => despiteDeletions.execute(() => rows(of, [cypher, parameters], given)))
      const found = by(options.from === 'leader' ? leader : loads, options).catch(error => {
        if (!isNoBookmark(error)) throw error
        return by(leader, { ...options, after: [] }) // no server can wait for it, and the leader lags least
      })
      return explained(found)
    },
    write(work, onBookmarks) {
      const written = async (session: Session) => {
        const result = await session.executeWrite(tx => work(queryOf(tx)), limits)
        onBookmarks?.(session.lastBookmarks())
        return result
      }
      return explained(
        despiteDeletions.execute(() => inSession(writes, written)),
        refused,
      )
    },
    async *stream(cypher, parameters) {
      const session = sessionOf(leader, [])
      try {
        for await (const record of session.run(...withOnePlan(cypher, parameters))) yield record.toObject()
      } catch (error) {
        throw unavailable(at, error)
      } finally {
        await session.close().catch(() => {})
      }
    },
    alter: cypher => explained(rows(writes, [cypher, {}])),
    columns: (cypher, parameters) =>
      explained(
        inSession({ ...writes, mode }, session =>
          session.run(...withOnePlan(`EXPLAIN ${cypher}`, parameters), limits).keys(),
        ),
      ),
    ping: async () => void (await explained(rows(probes, ['RETURN 1', {}]))),
    close: async () => void (await Promise.all([loads, writes, probes].map(({ driver }) => driver.close()))),
  }
}

/** What is too much for Neo4j is no Neo4jError any more, or the driver would try the whole of it again for seconds. */
const queryOf =
  (tx: ManagedTransaction): Query =>
  async (cypher, parameters) => {
    try {
      return rowsOf(await tx.run(...withOnePlan(cypher, parameters)))
    } catch (error) {
      throw error instanceof Neo4jError && isOverburden(error) ? overburdened(error) : error
    }
  }

const rowsOf = (result: QueryResult): Row[] => result.records.map(record => record.toObject() as Row)

const again = (maxAttempts: number, isWorthIt: (error: Neo4jError) => boolean) =>
  retry(
    handleWhen(error => error instanceof Neo4jError && isWorthIt(error)),
    { maxAttempts },
  )

/**
 * Neo4j breaks a query off when another transaction deletes a node that it has found and not yet read. It has changed
 * nothing then, and does not find the node again.
 */
const despiteDeletions = again(9, ({ code }) => code === 'Neo.ClientError.Statement.EntityNotFound')

/** A pooled connection may have died unseen. A server that did not reach a bookmark in its own time has had enough of it. */
const twice = again(
  1,
  error => error.retryable && !isOverburden(error) && !/BookmarkTimeout/.test(error.code),
)

/** Of a text that is no bookmark of Neo4j's. */
const isNoBookmark = (error: unknown): boolean =>
  error instanceof Neo4jError && error.code.startsWith('Neo.ClientError.Transaction.InvalidBookmark')

/** Of a write an error may say that it is what was written that is at fault, not the server or the way to it. */
const refused = (at: string, error: unknown): unknown =>
  error instanceof Neo4jError && isRefusal(error)
    ? new HearthError('WorldRefused', `Neo4j: ${error.message} (${error.code})`, { cause: error })
    : unavailable(at, error)

/**
 * A server that cannot write (a follower) says so by a code of the same kind; and a value that is too large for an index
 * has the code of whatever goes wrong in the server.
 */
const isRefusal = ({ code, message }: Neo4jError): boolean =>
  code === 'Neo.ClientError.Schema.ConstraintValidationFailed' ||
  code === 'Neo.ClientError.Schema.TokenNameError' ||
  (code.startsWith('Neo.ClientError.Statement.') && !code.endsWith('.AccessMode')) ||
  (code === 'Neo.DatabaseError.Statement.ExecutionFailed' &&
    message.startsWith('Property value is too large to index'))

/** A memory pool or the heap was not enough (Neo4j calls some of these transient), or the time that a query may take. */
const isOverburden = ({ code }: Neo4jError): boolean =>
  /OutOfMemory|MemoryLimit|TransactionTimedOut/.test(code)

export const overburdened = (error: Neo4jError): HearthError =>
  new HearthError('WorldOverburdened', `Neo4j: ${error.message} (${error.code})`, { cause: error })

/** The driver's advice for all failures alike, in front of the reason. */
const generalAdvice = /^Failed to connect to server\..* Caused by: /s

/** An error that is not Neo4j's stays what it is. */
function unavailable(at: string, error: unknown): unknown {
  if (!(error instanceof Neo4jError)) return error
  if (isOverburden(error)) return overburdened(error)
  const { message, code } = error
  const words = code.startsWith('Neo.')
    ? `${message} (${code})`
    : `no connection to ${at}: ${message.replace(generalAdvice, '')}` // the codes of the driver say nothing more
  return new HearthError('WorldUnavailable', `Neo4j: ${withHelp(words)}`, { cause: error })
}
