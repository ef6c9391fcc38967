import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { HearthError, type HearthErrorCode } from '../errors.ts'

/** What every error is answered with, as `application/problem+json` (RFC 9457). */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: 'Which kind of problem: `urn:hearth:problem:` and the code' }),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'In one word that a program can switch on' }),
    detail: z.string().meta({ description: 'What happened, and what would be right' }),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'Every field that is wrong' }),
  })
  .meta({ id: 'Problem', description: 'An error (RFC 9457)' })

export type Problem = z.infer<typeof problemSchema>

/** An answer that is no success, thrown by what serves a request. */
export class RequestProblem extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, detail: string) {
    super(detail)
    this.status = status
    this.code = code
  }
}

const statuses: Partial<Record<HearthErrorCode, number>> = {
  InvalidInput: 400,
  WorldNotFound: 404,
  VersionMoved: 409,
  JobFailed: 409,
  Backlogged: 429,
  WorldRefused: 409,
  WorldUnavailable: 503,
  CacheUnavailable: 503,
  QueueUnavailable: 503,
  Closed: 503,
}

const titles: Record<number, string> = {
  400: 'The request is not right',
  401: 'Who are you?',
  403: 'You may not do this',
  404: 'There is no such thing',
  405: 'Not in this way',
  409: 'Not at this moment',
  413: 'The request is too large',
  414: 'The address is too long',
  415: 'Send JSON',
  422: 'The request contradicts an earlier one',
  429: 'Too many requests',
  501: 'Not available in this process',
  503: 'A server that is needed is away',
}

/** What an error means to whoever asked. What nobody expected tells nothing of what lies within. */
export function problemOf(error: unknown): Problem {
  if (error instanceof RequestProblem) return problem(error.status, error.code, error.message)
  if (error instanceof HearthError) {
    const status = statuses[error.code]
    if (status !== undefined) return problem(status, error.code, error.message)
  }
  const { statusCode = 500, message = '' } = error as Partial<FastifyError>
  if (hasZodFastifySchemaValidationErrors(error)) return problemOfFields(error)
  if (statusCode < 400 || statusCode >= 500)
    return problem(500, 'Internal', 'The log of this process tells what went wrong')
  return problem(statusCode, statusCode === 429 ? 'TooManyRequests' : 'InvalidRequest', message)
}

function problemOfFields(error: FastifyError): Problem {
  const where = error.validationContext ?? 'request'
  const errors = (error.validation ?? []).map(({ instancePath, message = 'is wrong' }) => ({
    path: `${where}${instancePath.replaceAll('/', '.')}`,
    message,
  }))
  const detail = errors
    .slice(0, 5)
    .map(({ path, message }) => `${path}: ${message}`)
    .join('; ')
  return { ...problem(400, 'InvalidInput', detail), errors: errors.slice(0, 100) }
}

const problem = (status: number, code: string, detail: string): Problem => ({
  type: `urn:hearth:problem:${code}`,
  title: titles[status] ?? 'Something went wrong',
  status,
  code,
  detail,
})

/** Answers with the problem. Those who may come again soon are told when. */
export function sendProblem(error: unknown, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const answer = problemOf(error)
  if (answer.status === 503 || answer.status === 429) reply.header('retry-after', '1')
  return reply.code(answer.status).type('application/problem+json').send(JSON.stringify(answer))
}
