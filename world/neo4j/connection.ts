import {
  type ManagedTransaction,
  Neo4jError,
  type QueryResult,
  type Result,
  type Session,
} from 'neo4j-driver'
import { HearthError } from '../../model/errors.ts'
import { withoutPassword } from '../../resilience/server-words.ts'
import { within } from '../../resilience/within.ts'
import type { ConnectionOptions } from './connection-options.ts'
import {
  despiteDeletions,
  isNoBookmark,
  isOfOneServer,
  isOverburden,
  overburdened,
  refused,
  twice,
  unavailable,
} from './neo4j-errors.ts'
import { withOnePlan } from './one-plan.ts'
import { openWays, type Way } from './ways.ts'

export interface ReadOptions<T = Row> {
  /**
   * Makes a value of each row as it comes, while Neo4j works on the next ones, so that few rows are kept in memory. After
   * a passing failure it gets all rows anew; values of the first attempt are dropped.
   */
  each?(row: Row): T
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
  read<T = Row>(cypher: string, parameters: Parameters, options?: ReadOptions<T>): Promise<T[]>
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
  const { queryTimeoutMs = 30_000 } = options
  const limits = { timeout: queryTimeoutMs }
  const at = withoutPassword(options.uri)
  const ways = openWays(options)
  /** The server's own limit ends a slow query; this is of a server that says nothing any more. */
  const unanswered = () =>
    new HearthError('WorldUnavailable', `Neo4j at ${at} did not answer within ${queryTimeoutMs} ms`)

  async function inSession<T>(
    of: Way,
    work: (session: Session) => Promise<T>,
    after: readonly string[] = [],
  ): Promise<T> {
    const session = of.open(after)
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
  const rows = <T>(
    of: Way,
    [cypher, parameters]: [string, Parameters],
    { after = [], onBookmarks, each }: ReadOptions<T> = {},
  ): Promise<T[]> => {
    const work = async (session: Session) => {
      const run = () => session.run(...withOnePlan(cypher, parameters), limits)
      const found = await of.runAfter(after, run, result => valuesOf(result, each))
      onBookmarks?.(session.lastBookmarks())
      return found
    }
    return inSession(of, work, after)
  }
  const { leader, followers } = ways
  const ping = (of: Way) => rows(of, ['RETURN 1', {}])

  return {
    read<T>(cypher: string, parameters: Parameters, options: ReadOptions<T> = {}) {
      const by = (of: Way, given = options) =>
        twice.execute(() => despiteDeletions.execute(() => rows(of, [cypher, parameters], given)))
      const byLeader = (of: Way) =>
        by(of).catch(error => {
          if (!isNoBookmark(error)) throw error
          return by(of, { ...options, after: [] }) // no server can wait for it, and the leader lags least
        })
      if (options.from === 'leader') return explained(byLeader(leader.writes)) // whose driver finds out first who leads
      if (!followers) return explained(byLeader(leader.loads))
      const found = by(followers.loads).catch(error => {
        if (!isOfOneServer(error) && !isNoBookmark(error)) throw error
        return byLeader(leader.loads)
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
        despiteDeletions.execute(() => inSession(leader.writes, written)),
        refused,
      )
    },
    async *stream(cypher, parameters) {
      const session = leader.loads.open()
      try {
        for await (const record of session.run(...withOnePlan(cypher, parameters))) yield record.toObject()
      } catch (error) {
        throw unavailable(at, error)
      } finally {
        await session.close().catch(() => {})
      }
    },
    alter: cypher => explained(rows(leader.writes, [cypher, {}])),
    columns: (cypher, parameters) =>
      explained(
        inSession((followers ?? leader).loads, session =>
          session.run(...withOnePlan(`EXPLAIN ${cypher}`, parameters), limits).keys(),
        ),
      ),
    async ping() {
      const pings = [ping(leader.probes), ...(followers ? [ping(followers.probes)] : [])]
      const anyOf = Promise.any(pings).catch(({ errors: [ofLeader] }: AggregateError) => {
        throw ofLeader
      })
      await explained(anyOf)
    },
    close: ways.close,
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

/** Reads to the end also where `each` throws: a result that is left half read would keep its connection. */
function valuesOf<T>(result: Result, each = (row: Row) => row as T): Promise<T[]> {
  const values: T[] = []
  let failure: { error: unknown } | undefined
  return new Promise((resolve, reject) => {
    result.subscribe({
      onNext(record) {
        if (failure) return
        try {
          values.push(each(record.toObject() as Row))
        } catch (error) {
          failure = { error } // the driver would throw it where none of us can catch it
        }
      },
      onCompleted: () => (failure ? reject(failure.error) : resolve(values)),
      onError: reject,
    })
  })
}
