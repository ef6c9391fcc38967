import { z } from 'zod'
import { HearthError } from '../errors.ts'
import { id } from '../ids.ts'

export const entityRef = z.object({ type: z.enum(['character', 'location', 'object']), id })

/** `value` as `schema` has it; `InvalidInput` that names every wrong field of `what`. */
export function parsePayload<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new HearthError('InvalidInput', messageOf(parsed.error, what), { cause: parsed.error })
}

/** Every problem of `what`, each with its field. */
export function messageOf({ issues }: z.ZodError, what: string): string {
  const problems = issues.map(({ path, message }) => `${path.join('.') || what}: ${message}`)
  return `${what} is not valid: ${problems.join('; ')}`
}
