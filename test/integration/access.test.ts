import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { sessionCookie } from '../../dashboard/access/access.ts'
import { openSession, readSession, sessionMs } from '../../dashboard/access/sessions.ts'
import { parseTokens, principalOf } from '../../dashboard/access/tokens.ts'
import { createActions } from '../../queues/actions.ts'
import { impatient, openStore } from '../../queues/redis.ts'
import { createRevokedSessions } from '../../queues/revoked-sessions.ts'
import { ask, openPages, tokens, tokensSetting } from '../support/http.ts'
import { fresh } from '../support/setup.ts'

const change = { changes: [{ kind: 'flags-changed' }] }

/** Pages that need tokens, and a backend that reports whether anything was done. */
async function secured() {
  const done = {
    changed: vi.fn(async () => 'invalidated' as const),
    invalidate: vi.fn(async () => ({ outcome: 'invalidated' as const, existed: 0 })),
  }
  const pages = await openPages({ secured: true, backend: done })
  const at = `${pages.api}/worlds/${fresh()}`
  const actions = createActions(pages.store)
  return { ...pages, ...done, at, actions }
}

/** The cookie of a login. */
async function logIn(url: string, token: string): Promise<string> {
  const answer = await fetch(`${url}/login`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: url },
    body: new URLSearchParams({ token }),
  })
  expect(answer.status).toBe(303)
  return answer.headers.get('set-cookie')?.split(';')[0] ?? ''
}

describe('a token', () => {
  test('decides who may do what; a refused request does nothing', async () => {
    const { at, url, api, changed, invalidate } = await secured()
    const all = { all: true }
    const tries: [string, { body?: unknown; token?: string }, number][] = [
      [`${at}/flags`, {}, 401],
      [`${at}/flags`, { token: 'a-token-that-nobody-has' }, 401],
      [`${at}/flags`, { token: tokens.reader }, 404],
      [`${at}/changes`, { body: change }, 401],
      [`${at}/changes`, { body: change, token: tokens.reader }, 403],
      [`${at}/invalidate`, { body: all, token: tokens.game }, 403],
      [`${url}/metrics`, {}, 401],
      [`${url}/metrics`, { token: tokens.reader }, 200],
      [`${url}/healthz`, {}, 200],
      [`${url}/readyz`, {}, 200],
      [`${url}/queues/api/queues`, { token: tokens.game }, 403],
      [`${url}/queues/api/queues`, { token: tokens.ops }, 200],
      [`${api}/overview`, { token: tokens.reader }, 200],
      [`${api}/overview`, {}, 401],
      [`${url}/docs/json`, { token: tokens.reader }, 200],
    ]
    for (const [path, asked, status] of tries)
      expect([path, (await ask(path, asked)).status]).toEqual([path, status])
    for (const page of ['/docs/json', '/queues', '/'])
      expect((await ask(url + page)).headers.get('location')).toBe(`/login?next=${encodeURIComponent(page)}`)
    expect([changed.mock.calls.length, invalidate.mock.calls.length]).toEqual([0, 0])

    expect((await ask(`${at}/changes`, { body: change, token: tokens.game })).status).toBe(200)
    expect((await ask(`${at}/invalidate`, { body: all, token: tokens.ops })).status).toBe(200)
    expect([changed.mock.calls.length, invalidate.mock.calls.length]).toEqual([1, 1])
  })

  test('is checked before the body is read', async () => {
    const { at } = await secured()
    expect((await ask(`${at}/changes`, { body: '{ not json' })).status).toBe(401)
  })

  test.each([
    'a:read',
    'a:read:short',
    'a:king:long-enough-for-a-token',
    'a b:read:long-enough-for-a-token',
    `a:read:${'x'.repeat(16)},a:write:${'y'.repeat(16)}`,
    ' , ',
  ])('that is wrong is reported without being shown: %s', text => {
    const parse = () => parseTokens(text, 'HEARTH_TOKENS')
    expect(parse).toThrow(/HEARTH_TOKENS/)
    expect(parse).not.toThrow(/long-enough|short|xxxx|yyyy/)
  })

  test('is found among many, also in a file with comments', () => {
    const principals = parseTokens(`# the game\n${tokensSetting.replaceAll(',', '\n')}\n`, 'a file')
    expect(principals.map(({ name, role }) => [name, role])).toEqual([
      ['reader', 'read'],
      ['game', 'write'],
      ['ops', 'operate'],
    ])
    expect(principalOf(principals, tokens.game)?.name).toBe('game')
    expect(principalOf(principals, `${tokens.game} `)).toBeUndefined()
    expect(principalOf(principals, '')).toBeUndefined()
  })
})

describe('a login', () => {
  test('ignores requests of other sites that send its cookie', async () => {
    const { at, url, invalidate } = await secured()
    const cookie = await logIn(url, tokens.ops)
    const body = { all: true }
    for (const origin of ['http://evil.example', 'null', undefined]) {
      const headers = { cookie, ...(origin !== undefined && { origin }) }
      expect((await ask(`${at}/invalidate`, { body, headers })).json).toMatchObject({ code: 'ForeignOrigin' })
    }
    expect(invalidate).not.toHaveBeenCalled()
    expect((await ask(`${at}/invalidate`, { body, headers: { cookie, origin: url } })).status).toBe(200)
    expect(invalidate).toHaveBeenCalledTimes(1)
  })

  test('with an unknown token is refused, with a limit of attempts; it never redirects to another site', async () => {
    const { url } = await secured()
    const attempt = (token: string, next = '/') =>
      fetch(`${url}/login`, {
        method: 'POST',
        redirect: 'manual',
        headers: { origin: url },
        body: new URLSearchParams({ token, next }),
      })
    for (const next of ['//evil.example', 'http://evil.example', '/\\evil.example', 'x'])
      expect((await attempt(tokens.ops, next)).headers.get('location')).toBe('/')
    expect((await attempt(tokens.ops, '/queues?x=1')).headers.get('location')).toBe('/queues?x=1')
    const statuses: number[] = []
    for (let i = 0; i < 10; i++) statuses.push((await attempt('a-token-that-nobody-has')).status)
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429, 429, 429])
  })

  test('ends when its time is over, when its token is removed, and when its text is changed', () => {
    const principals = parseTokens(tokensSetting, 'HEARTH_TOKENS')
    const [, , ops] = principals
    if (!ops) throw new Error('no ops')
    const { text } = openSession(ops, 1_000)
    expect(readSession(principals, text, 2_000)?.principal.name).toBe('ops')
    expect(readSession(principals, text, 1_001 + sessionMs)).toBeUndefined()
    expect(readSession(principals, text.replace('ops', 'game'), 2_000)).toBeUndefined()
    expect(
      readSession(principals, text.replace(String(1_000 + sessionMs), String(9e15)), 2_000),
    ).toBeUndefined()
    const others = parseTokens(tokensSetting.replace(tokens.ops, 'another-token-of-ops'), 'HEARTH_TOKENS')
    expect(readSession(others, text, 2_000)).toBeUndefined()
    for (const junk of ['', '~~~', 'ops~a~1~', text.slice(0, -1)])
      expect(readSession(principals, junk, 2_000)).toBeUndefined()
  })

  test('that has ended is not accepted any more, even with a copied cookie', async () => {
    const { api, url } = await secured()
    const cookie = await logIn(url, tokens.reader)
    const look = () => ask(`${api}/overview`, { headers: { cookie } })
    expect((await look()).status).toBe(200)
    await fetch(`${url}/logout`, { method: 'POST', redirect: 'manual', headers: { cookie, origin: url } })
    expect((await look()).status).toBe(401)
    expect(cookie).toMatch(new RegExp(`^${sessionCookie}=`))
  })
})

describe('a stream', () => {
  test('ends when its login ends, also in another process; a stream with a token does not', async () => {
    const { api, store } = await secured()
    const [reader] = parseTokens(tokensSetting, 'HEARTH_TOKENS')
    if (!reader) throw new Error('there is no token')
    const open = (headers: Record<string, string>) => fetch(`${api}/overview/events`, { headers })
    const openBy = ({ text }: { text: string }) => open({ cookie: `${sessionCookie}=${text}` })

    const byToken = await open({ authorization: `Bearer ${tokens.reader}` })
    const goesOn = byToken.body?.pipeThrough(new TextDecoderStream()).getReader()
    const soonOver = await openBy(openSession(reader, Date.now() - sessionMs + 1_000))
    expect(await soonOver.text(), 'it had begun').toContain('event: overview')

    const login = openSession(reader)
    const ended = await openBy(login)
    await createRevokedSessions(store).note(login.session.id, 60_000)
    expect(await ended.text()).toContain('event: overview')
    expect((await openBy(login)).status).toBe(401)
    expect(await goesOn?.read()).toMatchObject({ done: false })
    await goesOn?.cancel()
  })

  test('of a login that is ended in this process ends also while the queues’ Redis is away', async () => {
    const { redis } = openStore({ address: 'redis://127.0.0.1:1' }, impatient)
    onTestFinished(() => redis.disconnect())
    const revokedSessions = createRevokedSessions({ redis, prefix: 'p' })
    await revokedSessions.note('one', 60_000).catch(() => {})
    expect([await revokedSessions.has('one'), await revokedSessions.has('another')]).toEqual([true, false])
  })
})

test("operators' actions are recorded with who, what and when; refused attempts too; the list is bounded", async () => {
  const { at, url, actions, store } = await secured()
  const before = Date.now()
  await ask(`${at}/invalidate`, { body: { targets: [{ kind: 'timeline', id: 'c1' }] }, token: tokens.ops })
  await ask(`${at}/invalidate`, { body: { all: true }, token: tokens.game })
  await ask(`${url}/queues/api/queues/warm/7/retry`, { method: 'PUT', token: tokens.ops })
  const worldId = decodeURIComponent(at.split('/').at(-1) ?? '')
  await expect
    .poll(() => actions.newest(9))
    .toMatchObject([
      { who: 'ops', what: 'retry', on: '/queues/api/queues/warm/7/retry' },
      { who: 'game', what: 'invalidate', on: worldId, status: 403 },
      { who: 'ops', what: 'invalidate', on: `timeline c1 of ${worldId}`, status: 200 },
    ])
  const [newest] = await actions.newest(1)
  expect(newest?.at).toBeGreaterThanOrEqual(before)
  const one = { at: 1, who: 'x', what: 'y', on: 'z', status: 200 }
  await Promise.all(Array.from({ length: 520 }, () => actions.note(one)))
  expect(await store.redis.llen(`${store.prefix}:actions`)).toBe(500)
})

test('without a token, requests beyond 300 get a 429 with a time, but the health checks still answer', async () => {
  const { url } = await secured()
  const statusesOf = async (path: string, times: number) =>
    (await Promise.all(Array.from({ length: times }, () => ask(url + path)))).map(({ status }) => status)
  expect(new Set(await statusesOf('/api/v1/overview', 300))).toEqual(new Set([401]))
  expect(await statusesOf('/api/v1/overview', 1)).toEqual([429])
  expect(await statusesOf('/healthz', 2)).toEqual([200, 200])
  expect(await statusesOf('/readyz', 1)).toEqual([200])
})

test('a token with too many requests gets a 429 with a time, and other tokens do not', async () => {
  const { at } = await (async () => {
    const pages = await openPages({ secured: true, deps: { rateLimit: 5 } })
    return { at: `${pages.api}/worlds/${fresh()}/flags` }
  })()
  const statuses: number[] = []
  for (let i = 0; i < 6; i++) statuses.push((await ask(at, { token: tokens.reader })).status)
  expect(statuses).toEqual([404, 404, 404, 404, 404, 429])
  const refused = await ask(at, { token: tokens.reader })
  expect([refused.type.split(';')[0], refused.headers.has('retry-after')]).toEqual([
    'application/problem+json',
    true,
  ])
  expect((await ask(at, { token: tokens.game })).status).toBe(404)
})

test('with tokens the pages may be served to other machines', async () => {
  await expect(openPages({ deps: { host: '0.0.0.0' } })).rejects.toMatchObject({ code: 'InvalidConfig' })
  const { dashboard } = await openPages({ secured: true, deps: { host: '0.0.0.0' } })
  const { port } = new URL(dashboard.url)
  const asked = { host: `hearth.example:${port}`, authorization: `Bearer ${tokens.reader}` }
  const [answer] = (await once(get(`http://127.0.0.1:${port}/metrics`, { headers: asked }), 'response')) as [
    IncomingMessage,
  ]
  expect(answer.resume().statusCode).toBe(200)
})
