import { z } from 'zod'
import { HearthError } from './errors.ts'
import { wrongFields } from './wrong-fields.ts'

/** Wrong fields that a message names. */
const maxProblems = 20

/** `value` as `schema` has it; `InvalidInput` that names the wrong fields of `what`, of very many the first. */
export function parsePayload<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const { error } = parsed
  throw new HearthError('InvalidInput', messageOf(error, what), {
    cause: error,
    fields: wrongFields(error.issues, what),
  })
}

/** The problems of `what`, each with its field; of very many the first. */
export function messageOf({ issues }: z.ZodError, what: string): string {
  const fields = wrongFields(issues, what)
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
