import { uniq } from 'es-toolkit'
import { describe, expect, test } from 'vitest'
import type { Schema } from '../support/from-schema.ts'
import { ask, openPages } from '../support/http.ts'
import { askRaw } from '../support/raw-http.ts'
import { fresh, plantWorld } from '../support/setup.ts'
import { type BodySchema, wrongIn, wrongText } from '../support/wrong-requests.ts'

interface Operation {
  parameters?: { name: string; in: 'path' | 'query' | 'header'; schema: Schema }[]
  requestBody?: { content: { 'application/json': { schema: BodySchema } } }
}
type Paths = Record<string, Record<string, Operation>>

const problem = expect.stringMatching(/^application\/problem\+json/)

async function documented() {
  const pages = await openPages()
  const { json } = await ask(`${pages.url}/docs/json`)
  return { ...pages, paths: json.paths as Paths }
}

/** An address of a documented path, its names by `fill`. */
const filled = (path: string, fill: (name: string) => string) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(fill(name)))
const usual = (name: string) => ({ type: 'character', queue: 'warm' })[name] ?? 'c1'

/** Of every documented path that an address fits: `/jobs/warm/resume` is also that of a job. */
const methodsAt = (address: string, paths: Paths): string[] =>
  uniq(
    Object.entries(paths)
      .filter(([path]) => new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`).test(address))
      .flatMap(([, operations]) => Object.keys(operations).map(name => name.toUpperCase())),
  )

test('every path of the OpenAPI document refuses other methods with 405, and names those that it has', async () => {
  const { url, paths } = await documented()
  const answers = []
  const wanted = []
  for (const path of Object.keys(paths)) {
    const methods = methodsAt(filled(path, usual), paths)
    const allowed = methods.includes('GET') ? [...methods, 'HEAD'] : methods
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
      if (methods.includes(method)) continue
      const { status, type, json, headers } = await ask(url + filled(path, usual), { method })
      answers.push([method, path, status, type, json.code, headers.get('allow')?.split(', ').sort()])
      wanted.push([method, path, 405, problem, 'MethodNotAllowed', allowed.sort()])
    }
  }
  expect(answers).toEqual(wanted)
  expect(answers.length).toBeGreaterThan(100)
})

test('every path of the OpenAPI document refuses headers that are too large with 431', async () => {
  const { url, paths } = await documented()
  for (const path of Object.keys(paths)) {
    const big = `X-Big: ${'x'.repeat(20_000)}`
    const head = [`GET ${filled(path, usual)} HTTP/1.1`, 'Host: 127.0.0.1', big]
    const answer = await askRaw(url, Buffer.from(`${head.join('\r\n')}\r\n\r\n`))
    expect([path, answer.status, answer.headers.get('content-type'), answer.json.code]).toEqual([
      path,
      431,
      problem,
      'HeadersTooLarge',
    ])
  }
})

/** A request that is wrong in its path, query, headers and body, and the paths of all that is wrong. */
function wrongRequest(path: string, { parameters = [], requestBody }: Operation) {
  const placed = (place: string) => parameters.filter(parameter => parameter.in === place)
  const body = requestBody && wrongIn(requestBody.content['application/json'].schema, 'body')
  const texts = Object.fromEntries(placed('path').map(({ name, schema }) => [name, wrongText(schema)]))
  const query = placed('query').map(({ name }) => `${name}=wrong`)
  const headers = placed('header').map(({ name, schema }) => [name, wrongText(schema)])
  return {
    address: filled(path, name => texts[name] ?? '') + (query.length > 0 ? `?${query.join('&')}` : ''),
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: body?.value,
    paths: [
      ...placed('path').map(({ name }) => `params.${name}`),
      ...placed('query').map(({ name }) => `querystring.${name}`),
      ...placed('header').map(({ name }) => `headers.${name}`),
      ...(body?.paths ?? []),
    ],
  }
}

test('every operation of the OpenAPI document names each wrong field: of path, query, headers and body at once', async () => {
  const { url, paths } = await documented()
  let count = 0
  for (const [path, operations] of Object.entries(paths)) {
    for (const [name, operation] of Object.entries(operations)) {
      const wrong = wrongRequest(path, operation)
      if (wrong.paths.length === 0) continue
      const { headers, body } = wrong
      const answer = await ask(url + wrong.address, { method: name.toUpperCase(), headers, body })
      const errors = (answer.json.errors ?? []) as { path: string; message: string }[]
      expect([name, path, answer.status, answer.type]).toEqual([name, path, 400, problem])
      expect(errors.map(error => error.path).sort(), `${name} ${path} ${answer.text}`).toEqual(
        wrong.paths.sort(),
      )
      count += 1
    }
  }
  expect(count).toBeGreaterThan(20)
})

describe('a refusal by the library names each wrong field of the body', () => {
  let at = ''
  const worldId = fresh()
  const pathsOf = async (method: string, path: string, body: unknown) => {
    const { status, json } = await ask(`${at}/${path}`, { method, body })
    return [status, json.code, json.errors?.map((error: { path: string }) => error.path)]
  }
  const pagesWithWorld = async () => {
    const { api, world } = await openPages()
    await plantWorld(world, worldId)
    at = `${api}/worlds/${worldId}`
  }

  test('of a snapshot', async () => {
    await pagesWithWorld()
    const snapshot = { weather: 'storm', world_name: 7, metadata: [], world_status: 'paused' }
    const wrong = ['body.weather', 'body.world_name', 'body.metadata']
    expect(await pathsOf('PATCH', 'snapshot', snapshot)).toEqual([400, 'InvalidInput', wrong])
  })

  test('of changes that name kinds which there are not', async () => {
    await pagesWithWorld()
    const changes = [
      { kind: 'stale', of: 'weather' },
      { kind: 'flags-changed' },
      { kind: 'stale', of: 'flags', ids: ['c1'] },
    ]
    const wrong = ['body.changes.0.of', 'body.changes.2.ids']
    expect(await pathsOf('POST', 'changes', { changes })).toEqual([400, 'InvalidInput', wrong])
  })

  test('of text that is not well-formed', async () => {
    await pagesWithWorld()
    const body = '{"weather":"\\ud83d","more":{"__proto__":1,"x":["\\udc00"]}}'
    const wrong = ['body.weather', 'body.more.__proto__', 'body.more.x.0']
    expect(await pathsOf('PUT', 'flags', body)).toEqual([400, 'InvalidInput', wrong])
  })
})
