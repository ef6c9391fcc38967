import { expect, test, vi } from 'vitest'
import { ask, openPages } from '../support/http.ts'
import { kinds } from '../support/kinds.ts'
import { fresh, plantWorld } from '../support/setup.ts'

async function opened(options: Parameters<typeof openPages>[0] = {}) {
  const pages = await openPages(options)
  const worldId = fresh('w/ü') // an id that has to be encoded
  const ids = await plantWorld(pages.world, worldId)
  return { ...pages, worldId, ids, at: `${pages.api}/worlds/${encodeURIComponent(worldId)}` }
}

test('reads over HTTP return the same as reads of the library', async () => {
  const { hearth, worldId, at } = await opened()
  const ref = { type: 'character', id: 'c1' } as const
  expect((await ask(`${at}/flags`)).json).toEqual(await hearth.flags(worldId))
  expect((await ask(`${at}/snapshot`)).json).toEqual(await hearth.snapshot(worldId))
  expect((await ask(`${at}/entities/character/c1`)).json).toEqual(await hearth.entity(worldId, ref))
  expect((await ask(`${at}/entities/read`, { body: { refs: [ref, { ...ref, id: 'none' }] } })).json).toEqual({
    entities: [await hearth.entity(worldId, ref), null],
  })
  expect((await ask(`${at}/timelines/c1?limit=1`)).json).toEqual({
    events: await hearth.timeline(worldId, 'c1', { limit: 1 }),
  })
  expect((await ask(`${at}/timelines/read`, { body: { entityIds: ['c0', 'c2'] } })).json).toEqual({
    timelines: Object.fromEntries(await hearth.timelines(worldId, ['c0', 'c2'])),
  })
})

test('a change is seen by the next read, in every kind of read', async () => {
  const { hearth, world, worldId, at } = await opened()
  expect(await hearth.flags(worldId)).toEqual({ weather: 'calm' })
  await world.setFlags(worldId, { weather: 'storm' })
  expect(await hearth.flags(worldId)).toEqual({ weather: 'calm' })
  const answer = await ask(`${at}/changes`, { body: { changes: [{ kind: 'flags-changed' }] } })
  expect([answer.status, answer.json]).toEqual([200, { outcome: 'invalidated' }])
  expect((await ask(`${at}/flags`)).json).toEqual({ weather: 'storm' })
})

test('an operator invalidates single values or all, and warms; the job has its result', async () => {
  const { hearth, worldId, at, api } = await opened()
  await hearth.flags(worldId)
  const body = { targets: [{ kind: 'flags' }, { kind: 'timeline', id: 'c0' }] }
  expect((await ask(`${at}/invalidate`, { body })).json).toEqual({ outcome: 'invalidated', existed: 1 })
  await hearth.snapshot(worldId)
  expect((await ask(`${at}/invalidate`, { body: { all: true } })).json).toMatchObject({ existed: 1 })

  const warm = await ask(`${at}/warm`, { method: 'POST' })
  expect([warm.status, warm.json.queue]).toEqual([202, 'warm'])
  expect((await ask(`${api}/jobs/warm/${warm.json.id}`)).json).toMatchObject({
    state: 'waiting',
    worldId,
    name: 'world',
  })
  expect((await ask(`${at}/activation`, { method: 'POST' })).json).toEqual(warm.json) // it waits still: one job for a world
  expect((await ask(`${api}/jobs/warm/none`)).json).toMatchObject({ status: 404, code: 'JobNotFound' })
})

test('the id of an internal key of BullMQ is not a job: for the API, the search and Bull Board', async () => {
  const { at, api, url, store, worldId } = await opened()
  const warm = (await ask(`${at}/warm`, { method: 'POST' })).json
  const { redis, prefix } = store
  await redis.set(`${prefix}:warm:${warm.id}:lock`, 'a token') // as while a worker has it
  const keys = await redis.keys(`${prefix}:warm:*`)
  const found = keys.map(key => key.slice(`${prefix}:warm:`.length)).filter(id => id !== warm.id)
  expect(found).toEqual(expect.arrayContaining(['meta', 'id', 'events', `${warm.id}:lock`]))
  const names =
    'active wait waiting-children paused id delayed prioritized stalled-check completed failed stalled'
  const ids = new Set([...found, ...`${names} repeat limiter meta events pc marker de`.split(' ')])
  for (const id of ids) {
    const path = encodeURIComponent(id)
    const job = await ask(`${api}/jobs/warm/${path}`)
    expect([id, job.status, job.json.code]).toEqual([id, 404, 'JobNotFound'])
    const search = await ask(`${api}/search?q=${path}`)
    expect([id, search.status, search.json.jobs]).toEqual([id, 200, []])
    const onBoard = await ask(`${url}/queues/api/queues/warm/${path}`)
    expect([id, onBoard.status]).toEqual([id, 404])
    await ask(`${url}/queues/api/queues/warm/${path}/clean`, { method: 'PUT' })
  }
  expect(await redis.exists(`${prefix}:warm:meta`)).toBe(1) // Bull Board would have deleted it
  expect((await ask(`${api}/jobs/warm/${warm.id}`)).json).toMatchObject({ state: 'waiting', worldId })
  expect((await ask(`${api}/search?q=${warm.id}`)).json.jobs).toMatchObject([{ queue: 'warm', id: warm.id }])
  expect((await ask(`${url}/queues/api/queues/warm/${warm.id}`)).status).toBe(200)
})

test('wrong fields are reported one by one as a problem (RFC 9457), and nothing is done', async () => {
  const changed = vi.fn()
  const { at, worldId, url } = await opened({ backend: { changed } })
  const wrong = await ask(`${at}/changes`, { body: { changes: [{ kind: 'event-added', entityIds: [''] }] } })
  expect([wrong.status, wrong.type]).toEqual([400, 'application/problem+json; charset=utf-8'])
  expect(wrong.json).toMatchObject({
    type: 'urn:hearth:problem:InvalidInput',
    status: 400,
    code: 'InvalidInput',
    errors: [{ path: 'body.changes.0.entityIds.0', message: 'must not be empty' }],
  })
  for (const [path, asked, status] of [
    [`${at}/changes`, { body: '{' }, 400],
    [`${at}/changes`, { body: { changes: [] } }, 400],
    [`${at}/changes`, { body: 'x', headers: { 'content-type': 'text/plain' } }, 415],
    [`${at}/changes`, { body: JSON.stringify({ changes: 'x'.repeat(5_000_000) }) }, 413],
    [`${at}/timelines/c1?limit=51`, {}, 400],
    [`${at}/timelines/c1?limit=x`, {}, 400],
    [`${at}/entities/dragon/d1`, {}, 400],
    [`${at}/entities/object/none`, {}, 404],
    [`${url}/api/v1/worlds/%E0%A4%A/flags`, {}, 400],
    [`${url}/api/v1/worlds/${'x'.repeat(257)}/flags`, {}, 400],
    [`${url}/api/v1/worlds/none/flags`, {}, 404],
    [`${url}/api/v2`, {}, 404],
  ] as const) {
    const answer = await ask(path, asked)
    expect([path.slice(-40), answer.status, answer.type.split(';')[0]]).toEqual([
      path.slice(-40),
      status,
      'application/problem+json',
    ])
    expect(answer.text).not.toMatch(/\.ts:|\.js:|node_modules/)
  }
  expect(changed).not.toHaveBeenCalled()
  expect(worldId).toBeTruthy()
})

test('while a server is away the answer is 503 with Retry-After; an unexpected error shows no details', async () => {
  const { at, hearth } = await opened({
    backend: {
      read: () => Promise.reject(new TypeError('secret of the house')),
    },
  })
  const internal = await ask(`${at}/flags`)
  expect([internal.status, internal.json.code]).toEqual([500, 'Internal'])
  expect(internal.text).not.toContain('secret')
  await hearth.producer.close()
  const away = await ask(`${at}/warm`, { method: 'POST' })
  expect([away.status, away.json.code, away.headers.get('retry-after')]).toEqual([
    503,
    'QueueUnavailable',
    '1',
  ])
})

test('OpenAPI 3.1 is served, and its page loads nothing from other hosts', async () => {
  const { url } = await opened()
  const { json } = await ask(`${url}/docs/json`)
  expect(json.openapi).toMatch(/^3\.1/)
  const page = await fetch(`${url}/docs`)
  const text = await page.text()
  expect(page.status).toBe(200)
  expect(text).not.toMatch(/(src|href)="https?:/)
})

test('an event is accepted in the form of a game in another language: with created_at, with null or no event_id', async () => {
  const { at, hearth, worldId } = await opened()
  const event = { timestamp: '2030-01-01T00:00:00', participants: ['c1'], created_at: '2030-01-01T00:00:01Z' }
  const send = (body: object) => ask(`${at}/events`, { body: { events: [body] } })
  const known = await send({ ...event, event_id: 'known' })
  expect([known.status, known.json.eventIds]).toEqual([202, ['known']])
  const made = [await send(event), await send({ ...event, event_id: null, created_at: null })]
  expect(made.map(({ status }) => status)).toEqual([202, 202])
  const ids = made.map(({ json }) => json.eventIds[0])
  const events = await hearth.timeline(worldId, 'c1', { limit: 3 })
  expect(events.map(({ event_id }) => event_id).sort()).toEqual([...ids, 'known'].sort())
  for (const shown of events) expect(shown).not.toHaveProperty('created_at')
  const wrong = await send({ ...event, created_at: 'yesterday' })
  expect([wrong.status, wrong.json.detail]).toEqual([
    400,
    expect.stringMatching(/created_at: must be ISO text/),
  ])
})

test('timestamps with and without offset are returned as written, and with at=true in a form that sorts', async () => {
  const { at, hearth, worldId } = await opened()
  const times = [
    '2031-06-01T12:00:00',
    '2031-06-01T13:30:00+02:00',
    '2031-06-01T11:00:00.000001Z',
    '-0209-01-01',
  ]
  await hearth.appendEvents(
    worldId,
    times.map((timestamp, i) => ({ event_id: `t${i}`, timestamp, participants: ['c2'] })),
  )
  const plain = (await ask(`${at}/timelines/c2?limit=3`)).json.events
  expect(plain.map(({ timestamp }: { timestamp: string }) => timestamp)).toEqual(times.slice(0, 3))
  expect(plain[0]).not.toHaveProperty('at')

  const one = await ask(`${at}/timelines/c2?at=true`)
  const many = await ask(`${at}/timelines/read`, { body: { entityIds: ['c2', 'c0'], at: true } })
  const micros = [...one.text.matchAll(/"at":(-?\d+)/g)].map(([, digits = '']) => BigInt(digits))
  expect(micros).toEqual([...micros].sort((a, b) => (a > b ? -1 : 1)))
  expect(micros.slice(0, 3)).toEqual([1_938_081_600_000_000n, 1_938_079_800_000_000n, 1_938_078_000_000_001n])
  expect(micros.at(-1)).toBe(-68_762_563_200_000_000n) // more digits than a JavaScript number has
  expect(one.json.events.map(({ at: _, ...event }: { at: number }) => event)).toEqual(
    await hearth.timeline(worldId, 'c2'),
  )
  expect(many.json.timelines.c2).toEqual(one.json.events)
  expect(many.json.timelines.c0[0].at).toBe(1_767_225_601_000_000)
  expect((await ask(`${at}/timelines/c2?at=yes`)).status).toBe(400)
})

test('numbers of an appended event keep their digits in Redis; other numbers of a body may be in any notation', async () => {
  const { at, hearth, worldId } = await opened()
  await hearth.timeline(worldId, 'c1')
  const metadata = '{"guild":1234567890123456789,"share":1.50}'
  const event = `{"event_id":"n","timestamp":"2030-01-01T00:00:00","participants":["c1"],"emotional_impact":1.0,"metadata":${metadata}}`
  const { status, json } = await ask(`${at}/events`, { body: `{"events":[${event}]}` })
  expect([status, json.outcome]).toEqual([202, 'visible'])
  const { redis, keys } = hearth.cache
  expect(await redis.get(keys.entry(kinds.timeline, worldId, 'c1').key)).toContain(metadata)
  const read = await ask(`${at}/timelines/read`, { body: '{"entityIds":["c1"],"limit":1.0}' })
  expect(read.json.timelines.c1[0]).toMatchObject({ event_id: 'n', emotional_impact: 1 })
})
