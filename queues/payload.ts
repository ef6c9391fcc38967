import { z } from 'zod'
import { HearthError } from '../errors.ts'
import { id } from '../ids.ts'

export const entityRef = z.object({ type: z.enum(['character', 'location', 'object']), id })

/** `value` as `schema` has it; `InvalidInput` that names every wrong field of `what`. */
export function parsePayload<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || what}: ${message}`)
  throw new HearthError('InvalidInput', `${what} is not valid: ${problems.join('; ')}`, {
    cause: parsed.error,
  })
}
