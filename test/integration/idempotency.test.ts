import { expect, test, vi } from 'vitest'
import { createIdempotency } from '../../queues/idempotency.ts'
import { ask, openPages, tokens } from '../support/http.ts'
import { fresh } from '../support/setup.ts'

const flagsChanged = { changes: [{ kind: 'flags-changed' }] }

async function counted(outcome = async () => 'invalidated' as const) {
  const changed = vi.fn(outcome)
  const pages = await openPages({ secured: true, backend: { changed } })
  const url = `${pages.api}/worlds/${fresh()}/changes`
  const send = (key: string, body: unknown = flagsChanged, token = tokens.game) =>
    ask(url, { body, token, headers: { 'idempotency-key': key } })
  return { ...pages, changed, send }
}

test('the same request with the same key is executed once and gets the same answer', async () => {
  const { changed, send } = await counted()
  const first = await send('k1')
  const again = await send('k1')
  expect([first.status, first.json]).toEqual([200, { outcome: 'invalidated' }])
  expect([again.status, again.json]).toEqual([200, { outcome: 'invalidated' }])
  expect(again.headers.get('idempotency-replayed')).toBe('true')
  expect(changed).toHaveBeenCalledTimes(1)
  await send('k2')
  await send('k1', flagsChanged, tokens.ops) // another's keys are others
  expect(changed).toHaveBeenCalledTimes(3)
})

test('the same key with another request is refused, and not executed', async () => {
  const { changed, send } = await counted()
  await send('k')
  const other = await send('k', { changes: [{ kind: 'snapshot-changed' }] })
  expect([other.status, other.json.code]).toEqual([422, 'KeyReused'])
  expect(changed).toHaveBeenCalledTimes(1)
})

test('of two requests at once, one is executed and the other gets a 409', async () => {
  let finish = () => {}
  const held = new Promise<void>(resolve => {
    finish = resolve
  })
  let begun = () => {}
  const beginning = new Promise<void>(resolve => {
    begun = resolve
  })
  const { changed, send } = await counted(async () => {
    begun()
    await held
    return 'invalidated' as const
  })
  const first = send('k')
  await beginning
  const second = await send('k')
  expect([second.status, second.json.code]).toEqual([409, 'UnderWay'])
  finish()
  expect((await first).status).toBe(200)
  expect((await send('k')).status).toBe(200)
  expect(changed).toHaveBeenCalledTimes(1)
})

test('a failed request may be sent again, and is then executed; so may a wrong one', async () => {
  let calls = 0
  const { send, changed } = await counted(async () => {
    if (++calls === 1) throw new Error('a bad moment')
    return 'invalidated' as const
  })
  expect((await send('k')).status).toBe(500)
  expect((await send('k')).status).toBe(200)
  expect((await send('wrong', {})).status).toBe(400)
  expect((await send('wrong')).status).toBe(200)
  expect(changed).toHaveBeenCalledTimes(3)
})

test('a late answer does not replace that of a newer request', async () => {
  const { store } = await openPages()
  const idempotency = createIdempotency(store)
  const slow = await idempotency.begin('a', 'k', 'request')
  const [key = ''] = await store.redis.keys(`${store.prefix}:idempotency:*`)
  await store.redis.del(key) // as if it had expired
  const quick = await idempotency.begin('a', 'k', 'request')
  if (slow.state !== 'new' || quick.state !== 'new') throw new Error('both had to begin')
  await slow.answer({ status: 200, body: '"slow"' })
  expect(await idempotency.begin('a', 'k', 'request')).toEqual({ state: 'under-way' })
  await slow.forget()
  expect(await idempotency.begin('a', 'k', 'request')).toEqual({ state: 'under-way' })
  await quick.answer({ status: 200, body: '"quick"' })
  expect(await idempotency.begin('a', 'k', 'request')).toEqual({
    state: 'answered',
    answer: { status: 200, body: '"quick"' },
  })
})
