import { ExactNumber } from './json-text.ts'

/** What of a `private` property says that its node is public, as text in lower case. */
export const publicMarks: readonly string[] = ['false', '0', '0.0', '-0.0', '']

/**
 * Whether the `private` property of an entity or event makes it private: in case of doubt it does. Public is what has
 * none, and `false`, zero and empty text, also as text and in any case (`'False'`); every other value is private:
 * `true`, `1`, `'yes'`, `'no'`, a list. `isPublic` in neo4j/graph.ts is the same rule in Cypher.
 */
export function meansPrivate(mark: unknown): boolean {
  if (mark === undefined || mark === null) return false
  if (mark instanceof ExactNumber) return Number(mark) !== 0
  if (typeof mark === 'object') return true
  return !publicMarks.includes(String(mark).toLowerCase())
}
