import { Worker } from 'bullmq'
import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../cli/servers/redis.ts'
import { jsonText } from '../../model/json.ts'
import { ask, openPages, tokens } from '../support/http.ts'
import { fresh, openHearth, plantWorld } from '../support/setup.ts'

async function opened(hearth: Parameters<typeof openHearth>[0] = {}) {
  const pages = await openPages({ secured: true, hearth })
  const worldId = fresh()
  await plantWorld(pages.world, worldId)
  const at = `${pages.api}/worlds/${worldId}`
  const as =
    (token: string) =>
    (path: string, asked: Parameters<typeof ask>[1] = {}) =>
      ask(path, { token, ...asked })
  return { ...pages, worldId, at, reader: as(tokens.reader), game: as(tokens.game), operator: as(tokens.ops) }
}

test('flags and snapshot are written through: the source, the cache and the next read have them', async () => {
  const { at, game, reader, world, worldId } = await opened()
  await reader(`${at}/flags`)
  const text = '{"gold":12345678901234567890}'
  const flags = await game(`${at}/flags`, {
    method: 'PUT',
    body: '{"weather": null, "gold": 12345678901234567890}',
  })
  expect([flags.status, flags.text]).toEqual([200, text])
  expect((await reader(`${at}/flags`)).text).toBe(text)
  expect(jsonText(await world.flags(worldId))).toBe(text)
  const saved = await game(`${at}/snapshot`, { method: 'PATCH', body: { world_status: 'paused' } })
  expect([saved.status, saved.json.world_status, saved.json.world_name]).toEqual([200, 'paused', worldId])
  expect((await reader(`${at}/snapshot`)).json).toEqual(saved.json)
  expect((await reader(`${at}/flags`, { method: 'PUT', body: {} })).status).toBe(403)
})

test('reads of several kinds belong to one version, also when a change falls between them', async () => {
  const { at, reader, hearth, world, worldId } = await opened()
  await hearth.setFlags(worldId, { weather: 'calm' })
  const body = { entries: [{ kind: 'timeline', id: 'c1' }, { kind: 'flags' }], limit: 1 }
  const asked = { body }
  await hearth.invalidate(worldId, 'all')
  const hold = world.holdNextLoad({ method: 'timelines' })
  const reading = reader(`${at}/read`, asked)
  await hold.started
  await expect.poll(() => world.loadsOf('flags')).toBe(1)
  await hearth.setFlags(worldId, { weather: 'storm' })
  hold.release()
  const { status, json } = await reading
  expect([status, json.values]).toEqual([200, [[expect.any(Object)], { weather: 'storm' }]])
  expect(json.version).toBe(await hearth.version(worldId))
  expect((await reader(`${at}/version`)).json).toEqual({ version: json.version })
  const wrong = await reader(`${at}/read`, { body: { entries: [{ kind: 'timeline' }] } })
  expect([wrong.status, wrong.json.errors[0].path]).toEqual([400, 'body.entries.0.id'])
})

test('an operator sees the active worlds, what is cached, what is popular and what waits for the source', async () => {
  const redis = await startRedis({ isolated: true }) // without the worlds of other tests
  onTestFinished(() => redis.stop())
  const { api, at, reader, operator, hearth, worldId } = await opened({ redis: redis.url })
  await hearth.cache.activeWorlds.touch(worldId)
  await hearth.timeline(worldId, 'c1')
  await hearth.cache.popularity.add(worldId, new Map([['c1', 10]]))
  await hearth.appendEvents(worldId, [
    { event_id: 'e1', timestamp: '2030-01-01T00:00:00', participants: ['c1'] },
  ])

  expect((await reader(`${api}/worlds?limit=1`)).json).toEqual({
    worlds: [{ id: worldId, lastActiveAt: expect.any(Number) }],
    total: 1,
  })
  expect((await reader(`${api}/worlds?offset=1`)).json).toEqual({ worlds: [], total: 1 })
  expect((await reader(`${at}/inspect`)).json.rows).toMatchObject([{ kind: 'timeline', entries: 1 }])
  const { json: popular } = await reader(`${at}/popular?top=1`)
  expect(popular.entities).toMatchObject([{ id: 'c1', expiresInMs: expect.any(Number) }])
  expect((await reader(`${at}/pending`)).json).toMatchObject({ pending: 1, dead: [] })

  const [event] = (await hearth.pending.first(worldId, 1)).events
  await hearth.pending.setAside(worldId, event ? [event] : [], 'not for this source')
  const { json: aside } = await reader(`${at}/pending`)
  expect(aside).toMatchObject({
    pending: 0,
    dead: [{ reason: 'not for this source', event: { event_id: 'e1' } }],
  })
  expect((await reader(`${at}/pending/retry`, { method: 'POST' })).status).toBe(403)
  const retried = await operator(`${at}/pending/retry`, { body: { eventIds: ['e1'] } })
  expect([retried.status, retried.json]).toEqual([200, { retried: 1 }])
  expect((await reader(`${at}/pending`)).json).toMatchObject({ pending: 1, dead: [] })
  expect((await reader(`${api}/schedules`)).json).toEqual({ schedules: [] })
})

test('the processes of the fleet are listed, and one that decides differently says in what', async () => {
  const { api, reader, place } = await opened()
  const others = ['worker', 'scheduler'].map(processName =>
    openHearth({ processName, queuePrefix: place.prefix, topK: 20 }),
  )
  const listed = async () => (await reader(`${api}/processes`)).json.processes
  await expect.poll(listed).toMatchObject([
    { name: 'backend', differences: [{ part: 'topK', here: '20', there: '50' }] },
    { name: 'scheduler', differences: [], since: expect.any(Number) },
    { name: 'worker', differences: [] },
  ])
  await Promise.all(others.map(({ hearth }) => hearth.close()))
  await expect.poll(listed).toMatchObject([{ name: 'backend', differences: [] }])
})

test('an audit is a job; a failed job is listed with its reason and runs again, another one is not', async () => {
  const { api, at, operator, reader, place, worldId } = await opened()
  const audit = await operator(`${at}/audits`, { body: { all: true, repair: false } })
  expect([audit.status, audit.json.queue]).toEqual([202, 'audit'])
  const job = `${api}/jobs/audit/${audit.json.id}`
  const early = await operator(`${job}/retry`, { method: 'POST' })
  expect([early.status, early.json.code]).toEqual([409, 'JobNotFailed'])

  const failing = new Worker('audit', () => Promise.reject(new Error('out of luck')), {
    connection: { url: place.address },
    prefix: place.prefix,
  })
  onTestFinished(() => failing.close())
  await new Promise(resolve => failing.once('failed', resolve))
  await failing.pause()
  const { json: failed } = await reader(`${api}/jobs/audit?state=failed`)
  expect(failed.jobs).toMatchObject([{ id: audit.json.id, worldId, failedReason: 'out of luck' }])
  expect((await reader(`${api}/jobs/none`)).json.code).toBe('NotFound')
  const again = await operator(`${job}/retry`, { method: 'POST' })
  expect([again.status, again.json.state]).toEqual([202, 'prioritized'])
  expect((await operator(`${api}/jobs/audit/none/retry`, { method: 'POST' })).json.code).toBe('JobNotFound')
  expect((await reader(`${job}/retry`, { method: 'POST' })).status).toBe(403)
})
