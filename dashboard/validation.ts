import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { HearthError } from '../model/errors.ts'
import { type WrongField, wrongFields } from '../model/wrong-fields.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The argument of the library that the whole body is; its fields are arguments otherwise. */
    bodyIs?: 'flags' | 'snapshot'
  }
}

/** In the order in which fastify validates them; it stops at the first that is wrong. */
const parts = ['params', 'body', 'querystring', 'headers'] as const
type Part = (typeof parts)[number]

/** What is wrong with one part of a request. */
export class WrongPart extends Error {
  readonly issues: readonly z.core.$ZodIssue[]
  /** fastify sets it. */
  declare validationContext?: Part

  constructor({ issues }: z.ZodError) {
    super('the request is not valid')
    this.issues = issues
  }
}

type Validate = (data: unknown) => { value: unknown } | { error: WrongPart }

/** For fastify: has zod validate the parts of requests. */
export function validatorCompiler({ schema }: { schema: z.ZodType }): Validate {
  return data => {
    const parsed = schema.safeParse(data)
    return parsed.success ? { value: parsed.data } : { error: new WrongPart(parsed.error) }
  }
}

/** Every field that is wrong, in the parts after the first wrong one too. */
export function fieldsOfRequest(
  { issues, validationContext }: WrongPart,
  request: FastifyRequest,
): WrongField[] {
  if (validationContext === undefined) return wrongFields(issues, 'request')
  const others = parts.slice(parts.indexOf(validationContext) + 1).flatMap(part => {
    const validate = request.getValidationFunction(part) as Validate | undefined
    const data = part === 'querystring' ? request.query : request[part]
    const found = validate?.(data ?? null)
    return found && 'error' in found ? wrongFields(found.error.issues, part) : []
  })
  return [...wrongFields(issues, validationContext), ...others]
}

/** The fields that the library refuses, by where they stand in the request's body. */
export function fieldsOfBody(error: HearthError, request: FastifyRequest): WrongField[] {
  const { bodyIs } = request.routeOptions.config
  const { body } = request
  if (typeof body !== 'object' || body === null) return []
  return error.fields.flatMap(({ path, message }) => {
    const [argument = '', ...rest] = path.split('.')
    if (argument === bodyIs) return [{ path: ['body', ...rest].join('.'), message }]
    return argument in body ? [{ path: `body.${path}`, message }] : []
  })
}
