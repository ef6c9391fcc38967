import { z } from 'zod'
import { HearthError } from './errors.ts'
import { entityTypes } from './world-data.ts'

/** The longest id, in bytes of UTF-8: its encoding in a Redis key stays below 1 kB. */
const longestId = 256
/** Almost every id: one that stands in a key as it is. */
const plainId = /^[A-Za-z0-9._-]{1,256}$/

/**
 * What is wrong with an id, in words that follow its field's name; null where it is one. The one rule for the ids of
 * worlds, entities, events and outbox nodes, whichever way they come in: non-empty, well-formed Unicode of at most 256
 * bytes. Half of a surrogate pair has no bytes of its own, so two ids with one would become the same in the source and Redis.
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

/** An entity's reference, as payloads and requests have it. */
export const entityRef = z.object({ type: z.enum(entityTypes), id })

/**
 * An id as it stands in a key: `A-Z a-z 0-9 . _ -` as they are, every other byte of its UTF-8 percent-encoded
 * (RFC 3986), so that no two ids share an encoding and none contains a colon or a brace.
 * Throws `InvalidInput`, naming `field`, for what is no id.
 */
export function encodeId(id: string, field: string): string {
  if (typeof id === 'string' && plainId.test(id)) return id
  const problem = idProblem(id)
  if (problem !== null) throw new HearthError('InvalidInput', `${field} ${problem}`)
  return encodeURIComponent(id).replace(/[!~*'()]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** The id that `encodeId` was given; undefined for what it never makes: another program may have written any key. */
export function decodeId(encoded: string): string | undefined {
  if (plainId.test(encoded)) return encoded
  try {
    const id = decodeURIComponent(encoded)
    return isId(id) && encodeId(id, 'id') === encoded ? id : undefined
  } catch {
    return undefined // a percent sign that begins no byte, or bytes that are no UTF-8
  }
}
