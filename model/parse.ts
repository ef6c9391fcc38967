import type { z } from 'zod'
import { HearthError } from './errors.ts'

/** Wrong fields that a message names. */
const maxProblems = 20

/** `value` as `schema` has it; `InvalidInput` that names the wrong fields of `what`, of very many the first. */
export function parsePayload<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new HearthError('InvalidInput', messageOf(parsed.error, what), { cause: parsed.error })
}

/** The problems of `what`, each with its field; of very many the first. */
export function messageOf({ issues }: z.ZodError, what: string): string {
  const problems = issues
    .slice(0, maxProblems)
    .map(({ path, message }) => `${path.join('.') || what}: ${message}`)
  if (issues.length > maxProblems) problems.push(`and ${issues.length - maxProblems} more`)
  return `${what} is not valid: ${problems.join('; ')}`
}
