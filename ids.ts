import { z } from 'zod'

/** The longest id, in bytes of UTF-8: its encoding in a Redis key stays below 1 kB. */
const longestId = 256
/** Almost every id: one that stands in a key as it is. */
export const plainId = /^[A-Za-z0-9._-]{1,256}$/

/**
 * What is wrong with an id, in words that follow its field's name; null where it is one. The one rule for the ids of
 * worlds, entities, events and outbox nodes, whichever way they come in: non-empty, well-formed Unicode of at most 256
 * bytes. Half of a surrogate pair has no bytes of its own, so two ids with one would become the same in Neo4j and Redis.
 */
export function idProblem(id: unknown): string | null {
  if (typeof id !== 'string') return `must be text, got ${kindOf(id)}`
  if (plainId.test(id)) return null
  if (id === '') return 'must not be empty'
  if (id.length > longestId) return tooLong(id)
  if (!isWellFormed(id)) return 'must be well-formed Unicode, got a lone surrogate'
  return Buffer.byteLength(id) > longestId ? tooLong(id) : null
}

export const isId = (id: unknown): id is string => idProblem(id) === null

/** Whether a text survives UTF-8: it has no half of a surrogate pair. */
export const isWellFormed = (text: string): boolean => !loneSurrogate.test(text)

/** `idProblem` as a schema of payloads, requests and lines of files. */
export const id = z
  .string({ error: ({ input }) => idProblem(input) ?? undefined })
  .superRefine((given, context) => {
    const message = idProblem(given)
    if (message !== null) context.addIssue({ code: 'custom', message })
  })
  .meta({ minLength: 1, maxLength: longestId })

const loneSurrogate = /\p{Surrogate}/u

const tooLong = (id: string): string =>
  `must be at most ${longestId} bytes of UTF-8, got ${Buffer.byteLength(id)}`

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'a list' : typeof value
}
