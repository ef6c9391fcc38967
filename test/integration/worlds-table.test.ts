import { setTimeout } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type StartedRedis, startRedis } from '../../cli/servers/redis.ts'
import { columns, type WorldRow, worldsQuery } from '../../dashboard/console/worlds/row.ts'
import { createWorldsTable } from '../../dashboard/console/worlds/table.ts'
import { fresh, openHearth, openStoreAt } from '../support/setup.ts'

const worlds = 5_000
/** An id as games have them. */
const idOf = (i: number) => `world-of-some-game-${String(i).padStart(5, '0')}`

const prefix = fresh('q')
let server: StartedRedis
let redis: Redis
/** 5,000 worlds on a Redis of their own, each warmer and read more than the one before: no test changes them. */
beforeAll(async () => {
  server = await startRedis({ isolated: true })
  redis = new Redis(server.url)
  await plant()
})
afterAll(async () => {
  redis?.disconnect()
  await server?.stop()
})

async function openTable({ pendingIn = {} as Record<string, number> } = {}) {
  const { hearth } = openHearth({ redis: server.url, queuePrefix: prefix })
  const errors: unknown[] = []
  const table = createWorldsTable({
    sources: {
      cache: hearth.cache,
      store: openStoreAt({ address: server.url, prefix }),
      pendingWorlds: async () => Object.keys(pendingIn),
      pending: async ids => new Map(ids.map(id => [id, pendingIn[id] ?? 0])),
    },
    queues: hearth.producer.queues,
    onError: error => errors.push(error),
  })
  onTestFinished(() => table.close())
  const page = (query: object = {}) => table.page(worldsQuery.parse(query))
  await expect.poll(async () => (await page()).ages.warmth.at, { timeout: 20_000 }).not.toBeNull()
  await expect.poll(async () => (await page()).ages.reads.at, { timeout: 20_000 }).not.toBeNull()
  expect(errors).toEqual([])
  return page
}

/** World i has i % 101 of 100 entries, and was read i times in the last minute; half were hits. */
async function plant(): Promise<void> {
  const minute = Math.floor(Date.now() / 60_000)
  const reads = `${prefix}:reads:${minute}`
  const later = (Date.now() + 600_000) * 1_000
  for (let from = 0; from < worlds; from += 500) {
    const pipeline = redis.pipeline()
    for (let i = from; i < from + 500; i++) {
      const key = `lw:world:${idOf(i)}`
      pipeline.zadd('lw:worlds:active', Date.now() - 1_000 * (worlds - i), idOf(i))
      pipeline.zadd(`${reads}:worlds`, i, idOf(i)).zadd(`${reads}:misses`, i / 2, idOf(i))
      if (i % 10 === 9) continue // was never warmed
      pipeline.set(`${key}:due`, 100).zadd(`${key}:popularity`, 5, 'c1', 0.5, 'c2')
      const names = Array.from({ length: i % 101 }, (_, n) => [later, `timeline:c${n}:recent`]).flat()
      if (names.length > 0) pipeline.zadd(`${key}:index`, ...names)
    }
    await pipeline.exec()
  }
}

const isInOrder = (values: (number | string)[], descending: boolean) =>
  values.every((value, i) => {
    const before = values[i - 1]
    return before === undefined || (descending ? before >= value : before <= value)
  })

const valueIn = (row: WorldRow, column: string) => row[column as 'id'] as string | number | null

test('5,000 worlds: each page is small, is sorted by any column, and twenty of them cost Redis one sweep at most', async () => {
  const page = await openTable({ pendingIn: { [idOf(7)]: 3 } })
  const sizes: number[] = []
  for (const sort of columns) {
    for (const order of ['asc', 'desc'] as const) {
      const answer = await page({ sort, order, limit: 200 })
      expect(answer).toMatchObject({ total: worlds, matching: worlds })
      sizes.push(Buffer.byteLength(JSON.stringify(answer)))
      if (sort === 'warming') continue // none is being warmed
      const values = answer.rows.map(row => valueIn(row, sort)).filter(value => value !== null)
      expect([sort, order, isInOrder(values, order === 'desc')]).toEqual([sort, order, true])
    }
  }
  expect(Math.max(...sizes)).toBeLessThan(300_000)

  const [row] = (await page({ q: idOf(250), limit: 1 })).rows
  expect(row).toMatchObject({
    id: idOf(250),
    expected: 100,
    hot: 1,
    pending: 0,
    hitRate: 0.5,
    isActive: true,
  })
  expect((await page({ sort: 'pending' })).rows[0]).toMatchObject({ id: idOf(7), pending: 3 })

  await redis.config('RESETSTAT')
  const begun = performance.now()
  for (let i = 0; i < 20; i++) await page({ sort: 'warmShare', offset: i * 200, limit: 200 })
  const tookMs = (performance.now() - begun) / 20
  const asked = [
    ...(await redis.info('commandstats')).matchAll(/^cmdstat_(?:get|zcount|zmscore|zrevrange):calls=(\d+)/gm),
  ]
  const calls = asked.reduce((sum, [, count]) => sum + Number(count), 0)
  console.log(`a page of 200 of ${worlds} worlds: ${tookMs.toFixed(1)} ms, ${Math.max(...sizes)} bytes`)
  expect(calls, 'one sweep at most may have begun meanwhile').toBeLessThan(3 * worlds + 500)
})

test('worlds are filtered by a part of their id, by how cold they are, and by what waits for the source', async () => {
  const page = await openTable({ pendingIn: { [idOf(7)]: 3, 'only-pending': 1 } })
  expect((await page({ q: 'GAME-0012' })).matching).toBe(10)
  const cold = await page({ cold: '50', sort: 'id', order: 'asc', limit: '200' })
  expect(cold.rows.every(({ warmShare }) => warmShare === null || warmShare < 0.5)).toBe(true)
  expect(
    cold.rows.some(({ warmShare }) => warmShare === null),
    'never warmed is cold',
  ).toBe(true)
  expect(cold.matching).toBeGreaterThan(2_000)
  const waiting = await page({ pending: 'true', sort: 'id', order: 'asc' })
  expect(waiting.rows.map(({ id }) => id)).toEqual(['only-pending', idOf(7)])
})

test('all pages together have each world once', async () => {
  const page = await openTable()
  const ids: string[] = []
  for (let offset = 0; offset < worlds; offset += 200) {
    ids.push(...(await page({ sort: 'hitRate', offset, limit: 200 })).rows.map(({ id }) => id))
  }
  expect(new Set(ids).size).toBe(worlds)
})

test('what one page shows of the entries is counted exactly, soon', async () => {
  const page = await openTable()
  const query = { q: idOf(50), limit: 1 }
  await expect
    .poll(async () => (await page(query)).rows[0], { timeout: 10_000 })
    .toMatchObject({ present: 0, isCounted: true, warmShare: 0 }) // the index names 50, and none is there
})

async function openSmallTable() {
  const { hearth, place } = openHearth()
  const { cache, producer } = hearth
  const id = fresh('small')
  await cache.activeWorlds.touch(id)
  const table = createWorldsTable({
    sources: {
      cache,
      store: openStoreAt(place),
      pendingWorlds: async () => [],
      pending: async () => new Map(),
    },
    queues: producer.queues,
    onError: error => expect.unreachable(String(error)),
  })
  onTestFinished(() => table.close())
  const page = async (options = {}) => (await table.page(worldsQuery.parse({ q: id }), options)).rows[0]
  await expect.poll(async () => (await page())?.isCounted).toBe(true)
  expect(await page()).toMatchObject({ present: 0, warmShare: null })
  /** As if it had been warmed. */
  async function plantOne() {
    const target = { kind: 'timeline', id: 'c1' }
    await cache.redis.set(cache.keys.entryOf(id, target).key, '[{"event_id":"e1","timestamp":"2030-01-01"}]')
    await cache.redis.zadd(cache.keys.index(id), (Date.now() + 600_000) * 1_000, `timeline:c1:recent`)
    await cache.redis.set(`lw:world:${id}:due`, 1)
    await setTimeout(1_100) // no sooner is anything counted again
  }
  return { id, hearth, page, plantOne }
}

const wholly = { present: 1, expected: 1, warmShare: 1, isCounted: true }

test('after something was done by hand the page that is asked anew shows what came of it', async () => {
  const { page, plantOne } = await openSmallTable()
  await plantOne()
  expect(await page()).toMatchObject({ present: 0, warmShare: null })
  expect(await page({ anew: true })).toMatchObject(wholly)
})

test('what was being warmed a moment ago is shown as it is now', async () => {
  const { id, hearth, page, plantOne } = await openSmallTable()
  const job = await hearth.warm(id)
  await expect.poll(async () => (await page())?.warming).not.toBeNull()
  await hearth.producer.queues.find(({ name }) => name === 'warm')?.remove(job.id)
  await plantOne()
  expect(await page()).toMatchObject({ ...wholly, warming: null })
})

test('while a source does not answer its columns say since when, and the others go on', async () => {
  const { hearth, place } = openHearth()
  const { cache } = hearth
  await cache.activeWorlds.touch('w-alone')
  const table = createWorldsTable({
    sources: {
      cache,
      store: openStoreAt(place),
      pendingWorlds: () => Promise.reject(new Error('the queues are away')),
      pending: async () => new Map(),
    },
    queues: hearth.producer.queues,
    onError: () => {},
  })
  onTestFinished(() => table.close())
  const query = worldsQuery.parse({ q: 'w-alone' })
  await expect.poll(async () => (await table.page(query)).ages.pending.error).toBe('the queues are away')
  const { rows, ages } = await table.page(query)
  expect(rows).toMatchObject([{ id: 'w-alone', pending: null, hitRate: null }])
  expect(ages).toMatchObject({ pending: { at: null }, list: { error: null } })
})

test.each([
  [{ sort: 'color' }, 'sort'],
  [{ limit: '0' }, 'limit'],
  [{ cold: 'very' }, 'cold'],
])('what no table can do is refused by its name: %j', (query, field) => {
  expect(worldsQuery.safeParse(query).error?.issues[0]?.path).toEqual([field])
})
