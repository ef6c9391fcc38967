import { pino } from 'pino'
import { describe, expect, test, vi } from 'vitest'
import { statuses } from '../../dashboard/problem.ts'
import { HearthError, type HearthErrorCode } from '../../model/errors.ts'
import { ask, openPages, tokens } from '../support/http.ts'
import { askRaw } from '../support/raw-http.ts'
import { fresh } from '../support/setup.ts'

type Options = Parameters<typeof openPages>[0]

/** Pages whose log lines the test can read. */
async function logged(options: Options = {}) {
  const lines: Record<string, unknown>[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const pages = await openPages({ ...options, deps: { log, ...options.deps } })
  return { ...pages, lines, at: `${pages.api}/worlds/${fresh()}` }
}

const failing = (code: HearthErrorCode) => ({
  read: () => Promise.reject(new HearthError(code, `what lies within ${code}`)),
})

describe('an error of the library', () => {
  test('about a temporary problem is 503 with Retry-After, Overloaded too', async () => {
    for (const code of ['Overloaded', 'WorldUnavailable', 'CacheUnavailable', 'Closed', 'Aborted'] as const) {
      const { at } = await logged({ backend: failing(code) })
      const { status, json, headers } = await ask(`${at}/flags`)
      expect([code, status, json.code, headers.get('retry-after')]).toEqual([code, 503, code, '1'])
    }
  })

  test.each(Object.entries(statuses).filter(([code]) => code in hearthCodes))(
    '%s is answered with %i, and with its text unless the fault is ours',
    async (code, status) => {
      const { at } = await logged({ backend: failing(code as HearthErrorCode) })
      const answer = await ask(`${at}/flags`)
      expect([answer.status, answer.json.code]).toEqual([status, code])
      expect(answer.text.includes('what lies within')).toBe(status !== 500)
    },
  )
})

/** A total record, so that a new code of the library is tested too. */
const hearthCodes: Record<HearthErrorCode, true> = {
  InvalidInput: true,
  InvalidConfig: true,
  UnknownKind: true,
  ColumnMismatch: true,
  WorldUnavailable: true,
  WorldOverburdened: true,
  WorldRefused: true,
  Overloaded: true,
  Aborted: true,
  WorldNotFound: true,
  CacheUnavailable: true,
  QueueUnavailable: true,
  ServerMissing: true,
  JobFailed: true,
  JobNotFailed: true,
  VersionMoved: true,
  Backlogged: true,
  Closed: true,
}

describe('an answer with a 5xx', () => {
  test('is logged: an unexpected error each time with its stack, under the request id that the client has', async () => {
    const read = () => Promise.reject(new TypeError('secret of the house'))
    const { at, lines } = await logged({ backend: { read } })
    const headers = { 'x-request-id': 'from-the-game-17' }
    const { json, headers: answered } = await ask(`${at}/flags?q=secret`, { headers })
    expect([json.requestId, answered.get('x-request-id')]).toEqual(['from-the-game-17', 'from-the-game-17'])
    await ask(`${at}/flags`)
    await expect.poll(() => lines.length).toBe(2)
    const [line, second] = lines
    expect(line).toMatchObject({
      level: 50,
      reqId: 'from-the-game-17',
      method: 'GET',
      route: '/api/v1/worlds/:worldId/flags',
      status: 500,
      err: { message: 'secret of the house', stack: expect.stringContaining('http-problems.test.ts') },
    })
    expect(line?.['path']).not.toContain('?')
    expect(second?.['reqId']).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('is logged once a second while a server is away, with the number of such answers', async () => {
    const { at, lines } = await logged({ backend: failing('WorldUnavailable') })
    const clock = vi.spyOn(performance, 'now')
    const real = clock.getMockImplementation() ?? performance.now
    try {
      await Promise.all(Array.from({ length: 40 }, () => ask(`${at}/flags`)))
      expect(lines.length).toBeGreaterThan(0)
      expect(lines.length).toBeLessThan(10)
      expect(lines[0]).toMatchObject({ level: 40, status: 503, code: 'WorldUnavailable' })
      const at0 = performance.now()
      clock.mockImplementation(() => at0 + 60_000)
      const told = lines.length
      await ask(`${at}/flags`)
      await expect.poll(() => lines.length).toBe(told + 1)
      expect(lines.at(-1)?.['msg']).toMatch(/\(and \d+ more since the last such line\)$/)
    } finally {
      clock.mockReset().mockImplementation(real)
      clock.mockRestore()
    }
  })

  test('by an error within Bull Board has the right status, and is logged', async () => {
    const { url, hearth, lines } = await logged()
    await hearth.producer.close()
    const answer = await ask(`${url}/queues/api/queues/warm/1`)
    expect(answer.status).toBe(503)
    await expect.poll(() => lines).toMatchObject([{ status: 503, code: 'QueueUnavailable' }])
  })
})

test('requests are measured by method, pattern of the route and status, which are all bounded', async () => {
  const { at, url } = await logged()
  const worldId = at.split('/').at(-1) ?? ''
  await ask(`${at}/flags`)
  await ask(`${at}/changes`, { body: {} })
  await ask(`${url}/nothing/of/${worldId}`)
  await ask(`${url}/readyz`)
  const text = async () => (await fetch(`${url}/metrics`)).text()
  const labels = 'method="GET",route="/api/v1/worlds/:worldId/flags",status="404"'
  await expect.poll(text).toContain(`http_request_duration_seconds_count{${labels}} 1`)
  const counts = (await text())
    .split('\n')
    .filter(line => line.startsWith('http_request_duration_seconds_count'))
    .map(line => line.replace(/^[^{]*\{|\} \d+$/g, ''))
  expect(counts).toEqual(
    expect.arrayContaining([
      labels,
      'method="POST",route="/api/v1/worlds/:worldId/changes",status="400"',
      'method="GET",route="none",status="404"',
      'method="GET",route="/readyz",status="200"',
    ]),
  )
  expect(counts.join()).not.toContain(worldId)
})

test('a request id that is not safe to search for is replaced', async () => {
  const { at } = await logged()
  for (const given of ['x'.repeat(129), 'a b', '"', 'ü', ''])
    expect((await ask(`${at}/flags`, { headers: { 'x-request-id': given } })).json.requestId).toMatch(
      /^[0-9a-f-]{36}$/,
    )
})

test('429: the header and the text have the same time, for requests and for logins', async () => {
  const { at, url } = await logged({ secured: true, deps: { rateLimit: 1 } })
  await ask(`${at}/flags`, { token: tokens.reader })
  const refused = await ask(`${at}/flags`, { token: tokens.reader })
  const seconds = Number(refused.headers.get('retry-after'))
  expect([refused.status, refused.json.code]).toEqual([429, 'TooManyRequests'])
  expect(seconds).toBeGreaterThan(50)
  expect(seconds).toBeLessThanOrEqual(60)
  expect(refused.json.detail).toContain(`ask again in ${seconds} s`)

  const login = () =>
    fetch(`${url}/login`, { method: 'POST', headers: { origin: url }, body: new URLSearchParams() })
  await Promise.all(Array.from({ length: 10 }, login))
  const last = await login()
  expect([last.status, ((await last.json()) as { detail: string }).detail]).toEqual([
    429,
    `More than 10 requests in a minute; ask again in ${last.headers.get('retry-after')} s`,
  ])
})

describe('a request without a body', () => {
  const types = ['application/json', 'application/json; charset=utf-8', 'application/x-www-form-urlencoded']

  test.each(types)('may have the content type %s', async type => {
    const { at } = await logged()
    const headers = { 'content-type': type }
    expect((await ask(`${at}/activation`, { method: 'POST', headers })).status).toBe(202)
    expect((await ask(`${at}/warm`, { method: 'POST', headers })).status).toBe(202)
    expect((await ask(`${at}/activation`, { method: 'DELETE', headers })).status).toBe(200)
    expect((await ask(`${at}/activation`, { method: 'POST', headers, body: '' })).status).toBe(202)
    const chunked = new ReadableStream({ start: controller => controller.close() })
    const answer = await fetch(`${at}/activation`, {
      method: 'POST',
      headers,
      body: chunked,
      duplex: 'half',
    } as RequestInit)
    expect(answer.status).toBe(202)
  })

  test('where one is needed gets an answer that says so, not that its JSON is wrong', async () => {
    const { at } = await logged()
    const answer = await ask(`${at}/changes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    })
    expect([answer.status, answer.json.code, answer.json.errors[0].path]).toEqual([
      400,
      'InvalidInput',
      'body',
    ])
  })

  test('but with one of another type is refused because of that type', async () => {
    const { at } = await logged()
    const headers = { 'content-type': 'text/csv' }
    const answer = await ask(`${at}/activation`, { method: 'POST', headers, body: 'x' })
    expect([answer.status, answer.json.code]).toEqual([415, 'UnsupportedMediaType'])
    expect(answer.json.detail).toContain('text/csv')
  })
})

describe('a wrong verb', () => {
  test('is 405 with the right methods, on every kind of address; an unknown address stays 404', async () => {
    const { at, url, api } = await logged()
    for (const [method, address, allow] of [
      ['POST', `${at}/flags`, 'GET, HEAD, PUT'],
      ['GET', `${at}/activation`, 'DELETE, POST'],
      ['PUT', `${at}/changes`, 'POST'],
      ['PATCH', `${api}/jobs/warm/1`, 'GET, HEAD'],
      ['DELETE', `${url}/metrics`, 'GET, HEAD'],
      ['PROPFIND', `${url}/healthz`, 'GET, HEAD'],
      ['OPTIONS', `${at}/warm`, 'POST'],
    ]) {
      const { status, json, headers } = await ask(`${address}`, { method: `${method}` })
      expect([method, address, status, json.code, headers.get('allow')]).toEqual([
        method,
        address,
        405,
        'MethodNotAllowed',
        allow,
      ])
    }
    const unknown = await ask(`${api}/nothing`, { method: 'POST', body: '{' })
    expect([unknown.status, unknown.headers.get('allow')]).toEqual([404, null])
  })

  test('is reported also without a token, and with a body that is not JSON', async () => {
    const { at } = await logged({ secured: true })
    expect((await ask(`${at}/flags`, { method: 'POST', body: '{' })).status).toBe(405)
  })
})

describe('a body', () => {
  const send = async (body: string | Buffer, headers: Record<string, string> = {}) => {
    const changed = vi.fn(async () => 'invalidated' as const)
    const appendEvents = vi.fn(async () => ({ accepted: 1 }))
    const { at } = await logged({ backend: { changed, appendEvents } })
    const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body }
    const answers = []
    for (const path of ['changes', 'events']) {
      const answer = await fetch(`${at}/${path}`, init as RequestInit)
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
      answers.push((await answer.json()) as { status: number; code: string; detail: string })
    }
    expect([changed.mock.calls.length, appendEvents.mock.calls.length]).toEqual([0, 0])
    expect(answers[0]).toMatchObject({ status: answers[1]?.status, code: answers[1]?.code })
    return answers[0]
  }
  const event = (fields: string) =>
    `{"events":[{"event_id":"e","timestamp":"2026-01-01T00:00:00","participants":["c1"],${fields}}]}`

  test.each(['"metadata":{"a":{"__proto__":{"x":1}}}', '"metadata":{"a":{"\\u005f_proto__":1}}'])(
    'with a field named __proto__ is refused with its path: %s',
    async fields => {
      expect(await send(event(fields))).toMatchObject({
        status: 400,
        code: 'InvalidInput',
        detail: expect.stringMatching(/^body\.events\.0\.metadata\.a\.__proto__: must have another name/),
      })
    },
  )

  test('may have a field named constructor or prototype, which are not special in JSON', async () => {
    const appendEvents = vi.fn(async () => ({ accepted: 1 }))
    const { at } = await logged({ backend: { appendEvents } })
    const body = event('"metadata":{"constructor":{"prototype":1}}')
    expect((await ask(`${at}/events`, { body })).status).toBe(202)
  })

  test('that is not UTF-8 is refused with the position of the byte', async () => {
    const body = Buffer.concat([
      Buffer.from('{"changes":[{"kind":"'),
      Buffer.from([0xe4]),
      Buffer.from('"}]}'),
    ])
    expect(await send(body)).toMatchObject({
      status: 400,
      code: 'InvalidRequest',
      detail: 'body: must be UTF-8; byte 21 is not',
    })
  })

  test.each([
    ['"title":"\\ud83d"', 'body.events.0.title'],
    ['"title":"\\ude00\\ud83d"', 'body.events.0.title'],
    ['"metadata":{"\\udc00":1}', 'body.events.0.metadata.\ufffd'],
    ['"tags":["ok","\\uD800"]', 'body.events.0.tags.1'],
  ])('with half of a surrogate pair is refused with its path: %s', async (fields, path) => {
    const { detail, ...answer } = (await send(event(fields))) ?? { detail: '' }
    expect(answer).toMatchObject({ status: 400, code: 'InvalidInput' })
    expect(detail).toContain(`${path}: must be well-formed Unicode`)
  })

  test('with a whole pair, escaped or not, is accepted', async () => {
    const appendEvents = vi.fn(async () => ({ accepted: 1 }))
    const { at } = await logged({ backend: { appendEvents } })
    for (const title of ['😀', '\\ud83d\\ude00', '\\u00fc'])
      expect((await ask(`${at}/events`, { body: event(`"title":"${title}"`) })).status).toBe(202)
  })

  test.each([200, 20_000, 1_000_000])('that nests %i lists is refused, not a 500', async depth => {
    const body = `{"events":${'['.repeat(depth)}${']'.repeat(depth)}}`
    expect(await send(body)).toMatchObject({
      status: 400,
      detail: expect.stringContaining('deeper than 128'),
    })
  })

  test('that is not JSON, or compressed, gets an answer that says so', async () => {
    expect((await send('{"changes":[}'))?.detail).toMatch(/^body: must be JSON: Unexpected token/)
    expect(await send('x', { 'content-encoding': 'gzip' })).toMatchObject({
      status: 415,
      detail: 'The body is sent with Content-Encoding: gzip; send it as it is',
    })
  })

  test('may begin with a byte order mark', async () => {
    const { at } = await logged({ backend: { changed: async () => 'invalidated' } })
    const body = '\ufeff{"changes":[{"kind":"flags-changed"}]}'
    expect((await ask(`${at}/changes`, { body })).status).toBe(200)
  })
})

describe('bytes that are not a request', () => {
  const lines = (...all: string[]) => `${all.join('\r\n')}\r\n\r\n`
  const host = 'Host: 127.0.0.1'

  test.each([
    [431, 'HeadersTooLarge', lines('GET /healthz HTTP/1.1', host, `X-Big: ${'x'.repeat(200_000)}`)],
    [431, 'HeadersTooLarge', lines(`GET /healthz?${'x'.repeat(200_000)} HTTP/1.1`, host)],
    [501, 'UnknownMethod', lines('BREW /healthz HTTP/1.1', host)],
    [501, 'UnknownMethod', lines('get /healthz HTTP/1.1', host)],
    [501, 'UnknownMethod', lines('CONNECT example.org:443 HTTP/1.1', host)],
    [501, 'UnknownMethod', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003'],
    [400, 'InvalidRequest', lines('GET /healthz HTTP/1.1', host, 'A B: c')],
    [400, 'InvalidRequest', lines('GET /healthz HTTP/1.1', host, 'Content-Length: x')],
    [400, 'InvalidRequest', lines('GET /healthz HTTP/9.9', host)],
    [400, 'InvalidRequest', lines('GET /healthz HTTP/1.1', 'Connection: close')],
    [403, 'ForeignOrigin', lines('GET /healthz HTTP/1.0')],
    [417, 'ExpectationFailed', lines('GET /healthz HTTP/1.1', host, 'Expect: tea', 'Connection: close')],
  ])('is answered with %i %s', async (status, code, bytes) => {
    const { url } = await logged()
    const answer = await askRaw(url, Buffer.from(bytes, 'latin1'))
    expect([answer.status, answer.headers.get('content-type'), answer.json]).toMatchObject([
      status,
      expect.stringMatching(/^application\/problem\+json/),
      { type: `urn:hearth:problem:${code}`, status, code, detail: expect.any(String) },
    ])
    expect(answer.headers.get('x-request-id')).toBe(answer.json.requestId)
  })

  test('do not disturb earlier requests of their connection, nor other connections', async () => {
    const { url } = await logged()
    const first = lines('GET /healthz HTTP/1.1', host, 'Connection: close')
    const answer = await askRaw(url, first)
    expect(answer.status).toBe(200)
    expect((await ask(`${url}/healthz`)).status).toBe(200)
  })
})
