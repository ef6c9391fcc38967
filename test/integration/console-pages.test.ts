import { range } from 'es-toolkit'
import { expect, test } from 'vitest'
import { createActions } from '../../queues/actions.ts'
import { createHistory } from '../../queues/history/history.ts'
import { ask, openPages, tokens } from '../support/http.ts'
import { minuteOf } from '../support/samples.ts'
import { fresh, plantWorld } from '../support/setup.ts'

const minute = 60_000

test('the history has a value for each step of its range, null where nothing is known, and marks', async () => {
  const { api, store } = await openPages({ hearth: { processName: false, fleetCounts: false } })
  const ended = Math.floor(Date.now() / minute) - 1
  const outage = {
    server: 'source' as const,
    from: (ended - 30) * minute,
    until: (ended - 30) * minute + 20_000,
  }
  const deployed = { version: '2.0.0', config: '#2', since: (ended - 5) * minute + 1_000 }
  await createHistory(store).keep(
    new Map([
      [ended - 30, minuteOf({ away: [outage] })],
      ...range(ended - 9, ended + 1).map(at => {
        return [at, minuteOf(at < ended - 5 ? {} : { builds: [deployed] })] as const
      }),
    ]),
  )
  const actions = createActions(store)
  await actions.note({ at: Date.now() - 2 * minute, who: 'ops', what: 'warm', on: 'w1', status: 202 })

  const read = async (query: string) => (await ask(`${api}/console/history${query}`)).json
  const { value, error } = await read('')
  expect(error).toBe(null)
  expect([value.range, value.stepMs, value.times.length]).toEqual(['1h', minute, 60])
  expect(value.times.at(-1)).toBe(ended * minute)
  const known = (values: (number | null)[]) => values.flatMap((one, i) => (one === null ? [] : [59 - i]))
  expect(known(value.hitRate)).toEqual([30, ...range(0, 10).reverse()])
  expect(value).toMatchObject({ queues: [{ name: 'warm' }] })
  expect(value.hitRate.at(-1)).toBeCloseTo(90.91)
  expect(value.readsPerSecond.at(-1)).toBe(1.1)
  expect([value.loadMs.at(-1), value.warm.at(-1)]).toEqual([10, 90])
  expect(value.marks).toMatchObject([
    { type: 'outage', server: 'source', from: outage.from, until: outage.until },
    { type: 'deployment', version: '2.0.0', at: deployed.since },
    { type: 'action', who: 'ops', what: 'warm' },
  ])
  for (const [name, length] of Object.entries({ '24h': 288, '7d': 336 })) {
    const { value: coarse } = await read(`?range=${name}`)
    expect([coarse.times.length, coarse.readsPerSecond.length]).toEqual([length, length])
    expect(coarse.readsPerSecond.findLast((one: number | null) => one !== null)).toBe(1.1)
    expect(coarse.marks.map(({ type }: { type: string }) => type)).toContain('outage')
  }
  const wrong = await ask(`${api}/console/history?range=1y`)
  expect([wrong.status, wrong.json.errors[0].path]).toEqual([400, 'querystring.range'])
})

test('minutes that were counted and that no scheduler recorded are in the last hour, without what had to be looked at', async () => {
  const { api, store } = await openPages({ hearth: { processName: false, fleetCounts: false } })
  const ended = Math.floor(Date.now() / minute) - 1
  await store.redis.hset(`${store.prefix}:reads:${ended - 3}`, {
    'hit:kind:timeline': 30,
    'miss:kind:timeline': 30,
  })
  const { value } = (await ask(`${api}/console/history`)).json
  expect(value.hitRate.slice(-5)).toEqual([null, 50, null, null, null])
  expect(value.outboxPending.slice(-5)).toEqual([null, null, null, null, null])
})

test('an action has its world and its job, and is found by who, what and world, page by page', async () => {
  const { api, world } = await openPages({ secured: true })
  const worldId = fresh('xah')
  await plantWorld(world, worldId)
  const at = `${api}/worlds/${worldId}`
  const warmed = await ask(`${at}/warm`, { method: 'POST', token: tokens.ops })
  const refreshed = await ask(`${at}/refresh`, { body: { entities: ['c1'] }, token: tokens.ops })
  await ask(`${at}/invalidate`, { body: { all: true }, token: tokens.game })
  await ask(`${api}/worlds/another/invalidate`, { body: { all: true }, token: tokens.ops })
  const find = async (query = '') =>
    (await ask(`${api}/console/operations${query}`, { token: tokens.reader })).json.value
  await expect.poll(async () => (await find()).total).toBe(4)

  const all = await find()
  expect(all.actions).toMatchObject([
    { who: 'ops', what: 'invalidate', worldId: 'another', status: 200 },
    { who: 'game', what: 'invalidate', worldId, status: 403 },
    { what: 'refresh', worldId, job: refreshed.json.jobs[0], status: 202 },
    { what: 'warm', worldId, job: warmed.json, status: 202 },
  ])
  expect(all.actions[0].job).toBeUndefined()
  expect([all.who, all.what]).toEqual([
    ['game', 'ops'],
    ['invalidate', 'refresh', 'warm'],
  ])
  const whats = async (query: string) => (await find(query)).actions.map(({ what }: { what: string }) => what)
  expect(await whats('?who=ops&what=invalidate')).toEqual(['invalidate'])
  expect(await whats(`?world=${worldId.toUpperCase()}`)).toEqual(['invalidate', 'refresh', 'warm'])
  expect(await whats('?offset=1&limit=2')).toEqual(['invalidate', 'refresh'])
  expect((await find('?who=nobody')).total).toBe(0)
  const wrong = await ask(`${api}/console/operations?limit=0`, { token: tokens.reader })
  expect([wrong.status, wrong.json.errors[0].path]).toEqual([400, 'querystring.limit'])
})

test('the page of processes has those of the fleet, with the time of the answer', async () => {
  const { api } = await openPages()
  const asked = async () => (await ask(`${api}/console/processes`)).json
  await expect
    .poll(asked)
    .toMatchObject({ value: [{ name: 'backend', lostAt: null }], at: expect.any(Number), error: null })
})
