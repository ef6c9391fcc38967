import { z } from 'zod'
import { HearthError } from './errors.ts'
import { type WrongField, wrongFields } from './wrong-fields.ts'

/** Wrong fields that a message names. */
const maxProblems = 20

/** `value` as `schema` has it; `InvalidInput` that names the wrong fields of `what`, of very many the first. */
export function parsePayload<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const { error } = parsed
  const fields = wrongFields(error.issues, what)
  throw new HearthError('InvalidInput', inText(fields, what), { cause: error, fields })
}

/** The problems of `what`, each with its field; of very many the first. */
export const messageOf = ({ issues }: z.ZodError, what: string): string =>
  inText(wrongFields(issues, what), what)

function inText(fields: readonly WrongField[], what: string): string {
  const problems = fields
    .slice(0, maxProblems)
    .map(({ path, message }) => `${path.slice(what.length + 1) || what}: ${message}`)
  if (fields.length > maxProblems) problems.push(`and ${fields.length - maxProblems} more`)
  return `${what} is not valid: ${problems.join('; ')}`
}

/**
 * A list of at most `most` items. zod looks at the length before the items (a test sees to it that it goes on doing so):
 * a body of 4 MB holds a million of them, and as many complaints.
 */
export function boundedList<T extends z.ZodType>(
  item: T,
  { least = 0, most }: { least?: number; most: number },
) {
  const list = z.array(item).max(most, `must be at most ${most}`)
  return least > 0 ? list.min(least, 'must not be empty') : list
}
