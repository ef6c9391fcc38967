import neo4j, {
  type Driver,
  type ManagedTransaction,
  Neo4jError,
  type QueryResult,
  type Session,
} from 'neo4j-driver'
import { HearthError } from '../../model/errors.ts'
import { withHelp, withoutPassword } from '../../resilience/server-words.ts'
import { within } from '../../resilience/within.ts'

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
   * On a cluster: `followers` lightens the leader, but a follower may lag, so that a value from before a change is
   * cached after it. Default `leader`.
   */
  readsFrom?: 'leader' | 'followers'
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
  read(cypher: string, parameters: Parameters): Promise<Row[]>
  /** In one transaction. `work` runs again after a passing failure, so it must not keep anything from its first run. */
  write<T>(work: (query: Query) => Promise<T>): Promise<T>
  /** Rows as they come; Neo4j waits for the reader. */
  stream(cypher: string, parameters: Parameters): AsyncIterable<Row>
  /** A change of the schema, which allows of no transaction around it. */
  alter(cypher: string): Promise<Row[]>
  /** The names of the columns that a query would return; it is not run. */
  columns(cypher: string, parameters: Parameters): Promise<string[]>
  /** The smallest of all queries, on a connection of its own. */
  ping(): Promise<void>
  close(): Promise<void>
}

export function connect(options: ConnectionOptions): Connection {
  const { queryTimeoutMs = 30_000, retryWritesForMs = 5_000, database } = options
  const loads = openDriver(options, retryWritesForMs)
  const writes = openDriver(
    { ...options, maxConnectionPoolSize: options.maxWriteConnections ?? 10 },
    retryWritesForMs,
  )
  const probes = openDriver({ ...options, maxConnectionPoolSize: 2 }, 0) // which wait behind no load and no write
  const readMode = options.readsFrom === 'followers' ? neo4j.session.READ : neo4j.session.WRITE
  const limits = { timeout: queryTimeoutMs }
  const at = withoutPassword(options.uri)
  const late = () =>
    new HearthError('WorldUnavailable', `Neo4j at ${at} did not answer within ${queryTimeoutMs} ms`)

  const inSession = async <T>(
    driver: Driver,
    mode: typeof readMode,
    work: (session: Session) => Promise<T>,
  ): Promise<T> => {
    const session = driver.session({ defaultAccessMode: mode, ...(database ? { database } : {}) })
    try {
      // The server's own limit ends a slow query; this one notices a server that says nothing any more.
      return await within(queryTimeoutMs + noticeMs, work(session), late)
    } finally {
      session.close().catch(() => {}) // not waited for: a server that hangs would hold us here too
    }
  }
  const once = (
    driver: Driver,
    mode: typeof readMode,
    cypher: string,
    parameters: Parameters,
  ): Promise<QueryResult> => inSession(driver, mode, async session => session.run(cypher, parameters, limits))

  return {
    read: (cypher, parameters) =>
      explained(at, async () => {
        const run = () => despiteDeletions(() => once(loads, readMode, cypher, parameters))
        const result = await run().catch(error => {
          if (!(error instanceof Neo4jError) || !error.retryable || isOverburden(error)) throw error
          return run()
        })
        return rowsOf(result)
      }),
    write: work =>
      refusable(at, () =>
        despiteDeletions(() =>
          inSession(writes, neo4j.session.WRITE, session =>
            session.executeWrite(tx => work(queryOf(tx)), limits),
          ),
        ),
      ),
    stream: (cypher, parameters) =>
      streamed({ driver: loads, database, mode: readMode, at }, cypher, parameters),
    alter: cypher => explained(at, async () => rowsOf(await once(writes, neo4j.session.WRITE, cypher, {}))),
    columns: (cypher, parameters) =>
      explained(at, () =>
        inSession(writes, readMode, session => session.run(`EXPLAIN ${cypher}`, parameters, limits).keys()),
      ),
    ping: () => explained(at, async () => void (await once(probes, readMode, 'RETURN 1', {}))),
    close: async () => void (await Promise.all([loads, writes, probes].map(driver => driver.close()))),
  }
}

function openDriver(options: ConnectionOptions, retryWritesForMs: number): Driver {
  return neo4j.driver(options.uri, neo4j.auth.basic(options.user, options.password), {
    useBigInt: true,
    maxConnectionPoolSize: options.maxConnectionPoolSize ?? 20,
    connectionTimeout: options.connectTimeoutMs ?? 3_000,
    connectionAcquisitionTimeout: options.acquireTimeoutMs ?? 5_000,
    maxTransactionRetryTime: retryWritesForMs,
    telemetryDisabled: true,
    // A world without an event has no TimelineEvent; Neo4j would warn of that with every row.
    notificationFilter: { minimumSeverityLevel: 'OFF' },
  })
}

/** What is too much for Neo4j is no Neo4jError any more, or the driver would try the whole of it again for seconds. */
const queryOf =
  (tx: ManagedTransaction): Query =>
  async (cypher, parameters) => {
    try {
      return rowsOf(await tx.run(cypher, parameters))
    } catch (error) {
      throw error instanceof Neo4jError && isOverburden(error) ? overburdened(error) : error
    }
  }

const rowsOf = (result: QueryResult): Row[] => result.records.map(record => record.toObject() as Row)

async function* streamed(
  {
    driver,
    database,
    mode,
    at,
  }: { driver: Driver; database: string | undefined; mode: 'READ' | 'WRITE'; at: string },
  cypher: string,
  parameters: Parameters,
): AsyncGenerator<Row> {
  const session = driver.session({ defaultAccessMode: mode, ...(database ? { database } : {}) })
  try {
    for await (const record of session.run(cypher, parameters)) yield record.toObject() as Row
  } catch (error) {
    throw unavailable(at, error)
  } finally {
    await session.close().catch(() => {})
  }
}

/** Neo4j looks every 2 s for queries that are over their limit. */
const noticeMs = 3_000

/**
 * Neo4j breaks a query off when another transaction deletes a node that it has found and not yet read. It has changed
 * nothing then, and does not find the node again.
 */
async function despiteDeletions<T>(work: () => Promise<T>, attempts = 10): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt === attempts || !(error instanceof Neo4jError) || error.code !== nodeIsGone) throw error
    }
  }
}

const nodeIsGone = 'Neo.ClientError.Statement.EntityNotFound'

async function explained<T>(at: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw unavailable(at, error)
  }
}

/** Of a write an error may say that it is what was written that is at fault, not the server or the way to it. */
async function refusable<T>(at: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Neo4jError) || !isRefusal(error)) throw unavailable(at, error)
    throw new HearthError('WorldRefused', `Neo4j: ${error.message} (${error.code})`, { cause: error })
  }
}

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

const overburdened = (error: Neo4jError): HearthError =>
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
