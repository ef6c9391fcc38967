import type { Result } from 'neo4j-driver'
import { HearthError } from '../../model/errors.ts'
import { within } from '../../resilience/within.ts'

/** Runs a query that Neo4j begins only when its server has what these bookmarks name, and reads its result. Throws `NotBegun`. */
export type RunAfter = <T>(
  bookmarks: readonly string[],
  run: () => Result,
  read: (result: Result) => Promise<T>,
) => Promise<T>

/** The server did not begin with the query in time: another one may. */
export class NotBegun extends HearthError {}

interface BookmarkWaitsOptions {
  limitMs: number
  at: string
  /** Whether a query without bookmarks has this limit, too: where another server can be asked. Default false. */
  always?: boolean
}

/**
 * Bounds the wait for bookmarks. Neo4j cannot be stopped while it waits (a minute, in 5.26), so a query that is given up
 * holds its connection until then: meanwhile what would wait for the same bookmarks fails at once, or a single world
 * would take all connections.
 */
export function createBookmarkWaits({ limitMs, at, always = false }: BookmarkWaitsOptions): RunAfter {
  /** The bookmarks of each query that was given up and is not answered yet. */
  const overdue = new Set<readonly string[]>()
  const notBegun = (bookmarks: readonly string[]) => {
    const what = bookmarks.length > 0 ? 'reached the bookmark of a reported change' : 'begun with a query'
    return new NotBegun('WorldUnavailable', `Neo4j at ${at} has not ${what} within ${limitMs} ms`)
  }

  return async (bookmarks, run, read) => {
    if (bookmarks.length === 0 && !always) return read(run())
    for (const awaited of overdue) {
      if (awaited.length > 0 && awaited.every(one => bookmarks.includes(one))) throw notBegun(bookmarks)
    }
    const result = run()
    let isLate = false
    await within(limitMs, result.keys(), () => {
      isLate = true
      return notBegun(bookmarks)
    }).catch(error => {
      if (isLate) {
        overdue.add(bookmarks)
        const answered = () => overdue.delete(bookmarks)
        result.then(answered, answered)
      }
      throw error
    })
    return read(result)
  }
}
