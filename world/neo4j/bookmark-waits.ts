import type { QueryResult, Result } from 'neo4j-driver'
import { HearthError } from '../../model/errors.ts'
import { within } from '../../resilience/within.ts'

/** Runs a query that Neo4j begins only when its server has what these bookmarks name. Throws `WorldUnavailable`. */
export type RunAfter = (bookmarks: readonly string[], run: () => Result) => Promise<QueryResult>

/**
 * Bounds the wait for bookmarks. Neo4j cannot be stopped while it waits (a minute, in 5.26), so a query that is given up
 * holds its connection until then: meanwhile what would wait for the same bookmarks fails at once, or a single world
 * would take all connections.
 */
export function createBookmarkWaits({ limitMs, at }: { limitMs: number; at: string }): RunAfter {
  /** The bookmarks of each query that was given up and is not answered yet. */
  const overdue = new Set<readonly string[]>()
  const behind = () =>
    new HearthError(
      'WorldUnavailable',
      `Neo4j at ${at} has not reached the bookmark of a reported change within ${limitMs} ms`,
    )

  return async (bookmarks, run) => {
    if (bookmarks.length === 0) return run()
    for (const awaited of overdue) if (awaited.every(one => bookmarks.includes(one))) throw behind()
    const result = run()
    let isLate = false
    await within(limitMs, result.keys(), () => {
      isLate = true
      return behind()
    }).catch(error => {
      if (isLate) {
        overdue.add(bookmarks)
        const answered = () => overdue.delete(bookmarks)
        result.then(answered, answered)
      }
      throw error
    })
    return result
  }
}
