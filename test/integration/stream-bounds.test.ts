import { expect, onTestFinished, test } from 'vitest'
import { parseTokens } from '../../dashboard/access/tokens.ts'
import { openPages, tokens } from '../support/http.ts'

/** Opens streams of the console's figures; those that were refused are read, the others stay open. */
async function openStreams(api: string, count: number, headers: Record<string, string>) {
  const closing = new AbortController()
  onTestFinished(() => closing.abort())
  const { signal } = closing
  const answers = await Promise.all(
    Array.from({ length: count }, () => fetch(`${api}/overview/events`, { headers, signal })),
  )
  const refused = answers.filter(({ status }) => status === 429)
  const open = answers.filter(({ status }) => status === 200)
  onTestFinished(() => void open.splice(0)) // held until then: fetch ends the stream of an answer that is collected
  return { open, refused, close: () => closing.abort() }
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

test('of 1,000 pages of one token 50 are served, and the others are refused; a closed page frees its place', async () => {
  const { api } = await openPages({ secured: true })
  const { open, refused, close } = await openStreams(api, 1_000, bearer(tokens.reader))
  expect([open.length, refused.length]).toEqual([50, 950])
  const [one] = refused
  expect(one?.headers.get('retry-after')).toBe('10')
  expect(one?.headers.get('content-type')).toContain('application/problem+json')
  expect(await one?.json()).toMatchObject({ code: 'TooManyRequests', detail: expect.stringContaining('50') })
  const other = await openStreams(api, 1, bearer(tokens.ops))
  expect(other.open.length, 'another token has its own places').toBe(1)
  const asked = await fetch(`${api}/overview`, { headers: bearer(tokens.reader) })
  expect(asked.status, 'without a stream it is answered').toBe(200)

  close()
  const again = async () => (await openStreams(api, 1, bearer(tokens.reader))).open.length
  await expect.poll(again).toBe(1)
})

test('a process has 500 streams at most, whatever their tokens', async () => {
  const names = Array.from({ length: 11 }, (_, i) => `reader${i}`)
  const setting = names.map(name => `${name}:read:${name}-with-a-long-token`).join()
  const { api } = await openPages({ deps: { principals: parseTokens(setting, 'HEARTH_TOKENS') } })
  const served: number[] = []
  for (const name of names) {
    served.push((await openStreams(api, 50, bearer(`${name}-with-a-long-token`))).open.length)
  }
  expect(served).toEqual([...Array(10).fill(50), 0])
})

test('all pages of a login end with it', async () => {
  const { url, api } = await openPages({ secured: true })
  const login = await fetch(`${url}/login`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: url, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ token: tokens.reader }),
  })
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? ''
  const { open } = await openStreams(api, 50, { cookie })
  expect(open.length).toBe(50)
  const ended = Promise.all(open.map(answer => answer.text()))
  await fetch(`${url}/logout`, { method: 'POST', redirect: 'manual', headers: { cookie, origin: url } })
  for (const text of await ended) expect(text).toContain('event: overview')
})
