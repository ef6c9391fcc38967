import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { fromSchema, nearSchema, type Schema } from '../support/from-schema.ts'
import { ask, openPages, tokens } from '../support/http.ts'
import { fresh, plantWorld } from '../support/setup.ts'

interface Operation {
  method: string
  path: string
  parameters: { name: string; in: string; schema: Schema }[]
  body: Schema | undefined
  answers: string[]
}

interface DocumentedOperation {
  parameters?: Operation['parameters']
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, unknown>
}

async function operationsOf(url: string): Promise<Operation[]> {
  const { json } = await ask(`${url}/docs/json`, { token: tokens.reader })
  return Object.entries(json.paths as Record<string, Record<string, DocumentedOperation>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        path,
        method: method.toUpperCase(),
        parameters: operation.parameters ?? [],
        body: operation.requestBody?.content['application/json']?.schema,
        answers: Object.keys(operation.responses).map(status => status.toUpperCase()),
      })),
  )
}

/** One request, similar to those of the document. A third has too weak a token, or none. */
const requestOf = ({ method, path, parameters, body }: Operation, worldId: string) =>
  fc
    .record({
      params: fc.record(
        Object.fromEntries(
          parameters.map(({ name, schema }) => [
            name,
            name === 'worldId' ? fc.oneof(fc.constant(worldId), fromSchema(schema)) : nearSchema(schema),
          ]),
        ),
      ),
      body: body ? nearSchema(body) : fc.constant(undefined),
      token: fc.oneof(
        { weight: 2, arbitrary: fc.constant(tokens.ops) },
        { weight: 1, arbitrary: fc.constantFrom(tokens.reader, 'a-token-that-nobody-has', undefined) },
      ),
    })
    .map(({ params, body, token }) => {
      const given = params as Record<string, unknown>
      const part = (name: string) => encodeURIComponent(toWellFormed(asText(given[name]))) || '%20'
      const query = parameters
        .filter(parameter => parameter.in === 'query' && given[parameter.name] !== undefined)
        .map(({ name }) => `${name}=${part(name)}`)
      const url =
        path.replace(/\{(\w+)\}/g, (_, name) => part(name)) + (query.length > 0 ? `?${query.join('&')}` : '')
      return { method, url, body, token }
    })

/** JSON for an object, because an object with a field named toString cannot be converted to text. */
const asText = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value))

const toWellFormed = (text: string) =>
  Buffer.from(text, 'utf8')
    .toString('utf8')
    .replace(/^\.{1,2}$/, 'dots')

test('for any request: no 5xx, no stack trace, problems as documented, and a refused request changes nothing', async () => {
  const doing = [
    'activated',
    'changed',
    'warm',
    'invalidate',
    'refresh',
    'deactivated',
    'appendEvents',
    'setFlags',
    'saveSnapshot',
    'audit',
  ] as const
  const pages = await openPages({ secured: true })
  const worldId = fresh()
  await plantWorld(pages.world, worldId)
  const backend = pages.backend as unknown as Record<string, unknown>
  const spies = doing.map(name => {
    const real = backend[name] as ((...args: unknown[]) => unknown) | undefined
    const spy = vi.fn((...args: unknown[]) => (real ? real(...args) : Promise.resolve({ outcome: 'done' })))
    backend[name] = spy
    return spy
  })
  const operations = await operationsOf(pages.url)
  expect(operations.length).toBeGreaterThanOrEqual(14)
  const seen = new Map<number, number>()

  const anyRequest = fc.oneof(
    ...operations.map(operation =>
      requestOf(operation, worldId).map(request => ({ ...request, answers: operation.answers })),
    ),
  )
  await fc.assert(
    fc.asyncProperty(anyRequest, async ({ url, answers, ...asked }) => {
      for (const spy of spies) spy.mockClear()
      const answer = await ask(pages.url + url, asked as never)
      seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1)
      expect(answer.status).toBeLessThan(500)
      expect(answer.text).not.toMatch(/\n\s+at |node_modules|\.[tj]s:\d/)
      const documented =
        answers.includes(String(answer.status)) || answers.includes(`${String(answer.status)[0]}XX`)
      expect([answer.status, documented]).toEqual([answer.status, true])
      if (answer.status >= 400) {
        expect(answer.type).toMatch(/^application\/problem\+json/)
        expect(answer.json).toMatchObject({
          status: answer.status,
          code: expect.any(String),
          detail: expect.any(String),
        })
        if (answer.status !== 400 && answer.status !== 404) expect([401, 403]).toContain(answer.status)
        if (answer.status === 401 || answer.status === 403 || answer.json.errors)
          for (const { mock } of spies)
            expect(mock.settledResults.filter(({ type }) => type === 'fulfilled')).toEqual([])
      }
    }),
    { numRuns: 400 },
  )
  console.log(`[generated] answers: ${JSON.stringify(Object.fromEntries(seen))}`)
  for (const status of [200, 202, 400, 401, 403])
    expect([status, (seen.get(status) ?? 0) > 0]).toEqual([status, true])
})
