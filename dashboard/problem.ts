import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { HearthError, type HearthErrorCode } from '../model/errors.ts'
import type { WrongField } from '../model/wrong-fields.ts'
import { errorPage, opensPage } from './error-page.ts'
import { fieldsOfBody, fieldsOfRequest, WrongPart } from './validation.ts'

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
    requestId: z.string().meta({ description: 'The X-Request-Id of the answer; the log has it too' }),
  })
  .meta({ id: 'Problem', description: 'An error (RFC 9457)' })

/** A problem, before it is known which request it is of. */
export type Problem = Omit<z.infer<typeof problemSchema>, 'requestId'>

/** The status of every code that there is: one of the library's without a status does not compile. */
export const statuses = {
  InvalidRequest: 400,
  InvalidInput: 400,
  Unauthorized: 401,
  Forbidden: 403,
  ForeignOrigin: 403,
  NotFound: 404,
  WorldNotFound: 404,
  JobNotFound: 404,
  MethodNotAllowed: 405,
  RequestTimeout: 408,
  UnderWay: 409,
  VersionMoved: 409,
  JobFailed: 409,
  JobNotFailed: 409,
  WorldRefused: 409,
  TooLarge: 413,
  AddressTooLong: 414,
  UnsupportedMediaType: 415,
  ExpectationFailed: 417,
  KeyReused: 422,
  TooManyRequests: 429,
  Backlogged: 429,
  HeadersTooLarge: 431,
  Internal: 500,
  InvalidConfig: 500,
  UnknownKind: 500,
  ColumnMismatch: 500,
  ServerMissing: 500,
  UnknownMethod: 501,
  Overloaded: 503,
  WorldUnavailable: 503,
  WorldOverburdened: 503,
  CacheUnavailable: 503,
  QueueUnavailable: 503,
  Aborted: 503,
  Closed: 503,
} as const satisfies Record<HearthErrorCode, number> & Record<string, number>

/** The library's codes, and those of the HTTP layer itself. */
export type ProblemCode = keyof typeof statuses

/** Of what fastify and Node.js refuse themselves, by the status that they give it: the first with that status. */
const codeOfStatus = (status: number): ProblemCode | undefined =>
  (Object.keys(statuses) as ProblemCode[]).find(code => statuses[code] === status)

/** After this a client may ask again, where it is not known better. Seconds. */
const retryAfterS = 1

interface RequestProblemOptions extends ErrorOptions {
  /** When asking again can help. */
  retryAfterS?: number
  /** The fields that are wrong. */
  errors?: Problem['errors']
}

/** An answer that is no success, thrown by what serves a request. */
export class RequestProblem extends Error {
  readonly code: ProblemCode
  /** Under this name Bull Board finds it, too. */
  readonly statusCode: number
  readonly retryAfterS: number | undefined
  readonly errors: Problem['errors']

  constructor(code: ProblemCode, detail: string, options: RequestProblemOptions = {}) {
    super(detail, options)
    this.code = code
    this.statusCode = statuses[code]
    this.retryAfterS = options.retryAfterS
    this.errors = options.errors
  }
}

/** What an error means to the client. Of an unexpected one, or a fault of this process, it hears nothing more. */
export function problemOf(error: unknown): Problem {
  if (error instanceof RequestProblem) {
    return { ...problem(error.code, error.message), ...(error.errors && { errors: error.errors }) }
  }
  if (error instanceof HearthError) {
    return statuses[error.code] === 500 ? problem(error.code, seeLog) : problem(error.code, error.message)
  }
  const { statusCode = 500, message = '' } = (error ?? {}) as Partial<FastifyError>
  if (statusCode < 400 || statusCode >= 500) return problem('Internal', seeLog)
  return problem(codeOfStatus(statusCode) ?? 'InvalidRequest', message)
}

const seeLog = 'The log of this process says what went wrong, under this requestId'

/** With every field of the request that is wrong, of very many the first. */
function problemOfRequest(error: unknown, request: FastifyRequest): Problem {
  if (error instanceof WrongPart) {
    const fields = fieldsOfRequest(error, request)
    return { ...problem('InvalidInput', inText(fields)), errors: fields.slice(0, maxFields) }
  }
  const answer = problemOf(error)
  if (!(error instanceof HearthError)) return answer
  const fields = fieldsOfBody(error, request)
  return fields.length > 0 ? { ...answer, errors: fields.slice(0, maxFields) } : answer
}

const maxFields = 100

/** Of very many the first. */
export const inText = (fields: readonly WrongField[]): string =>
  fields
    .slice(0, 5)
    .map(({ path, message }) => `${path}: ${message}`)
    .join('; ')

const problem = (code: ProblemCode, detail: string): Problem => ({
  type: `urn:hearth:problem:${code}`,
  title: STATUS_CODES[statuses[code]] ?? code,
  status: statuses[code],
  code,
  detail,
})

/** When the client may ask again, in seconds; undefined where asking again does not help. */
export function retryAfterOf(error: unknown, { status }: Problem): number | undefined {
  if (error instanceof RequestProblem && error.retryAfterS !== undefined) return error.retryAfterS
  return status === 503 || status === 429 ? retryAfterS : undefined
}

export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const answer = problemOfRequest(error, request)
  const after = retryAfterOf(error, answer)
  if (after !== undefined) reply.header('retry-after', String(after))
  reply.header(requestIdHeader, request.id) // where no hook has run: a URL that cannot be read
  reply.code(answer.status).header('vary', 'accept')
  if (opensPage(request)) return reply.type('text/html; charset=utf-8').send(errorPage(answer, request.id))
  return reply.type('application/problem+json').send(JSON.stringify({ ...answer, requestId: request.id }))
}

export const requestIdHeader = 'x-request-id'
