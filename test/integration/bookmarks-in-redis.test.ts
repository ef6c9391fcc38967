import { expect, test } from 'vitest'
import type { LoadMany } from '../../cache/fill-request.ts'
import { type InvalidatePayload, invalidationKey } from '../../jobs/invalidate/payload.ts'
import { makeSure } from '../../jobs/invalidate/process.ts'
import { createEnsureStale } from '../../jobs/invalidate/together.ts'
import type { PoolDeps } from '../../jobs/pool/deps.ts'
import type { JobRun } from '../../queues/define.ts'
import { kinds } from '../support/kinds.ts'
import { inTime } from '../support/relay-setup.ts'
import { fresh, openCache } from '../support/setup.ts'

function setup() {
  const cache = openCache()
  const worldId = fresh()
  const key = cache.keys.bookmarks(worldId)
  const entry = cache.keys.entry(kinds.flags, worldId, null)
  return {
    cache,
    worldId,
    key,
    /** A change with these bookmarks. */
    async report(...bookmarks: string[]) {
      cache.bookmarks.note(worldId, bookmarks)
      await cache.leases.invalidate(worldId, [entry])
    },
    stored: () => cache.redis.zrange(key, 0, '-1'),
    leased: async () => (await cache.leases.take([entry], 'seize')).bookmarks,
  }
}

test('bookmarks go to Redis with the invalidation, and come with every lease, in the order in which they came', async () => {
  const { cache, worldId, report, leased } = setup()
  expect(await leased()).toEqual([])
  await report('b2', 'b1')
  await report('b3')
  expect(await leased()).toEqual(['b2', 'b1', 'b3'])
  await report('b2')
  expect(await leased(), 'one that is reported again is new again').toEqual(['b1', 'b3', 'b2'])
  expect(cache.bookmarks.unsent(worldId)).toEqual([])
  expect(cache.bookmarks.of(worldId)).toEqual(['b1', 'b3', 'b2'])
})

test('an invalidation that is not needed any more brings its bookmarks all the same', async () => {
  const { cache, worldId, leased } = setup()
  const { version } = await cache.leases.invalidate(worldId, [])
  cache.bookmarks.note(worldId, ['b1'])
  const again = await cache.leases.invalidate(worldId, [], { unlessVersion: version })
  expect(again.outcome).toBe('already')
  expect(await leased()).toEqual(['b1'])
})

test('what is noted in this process alone holds for its loads until it is sent', async () => {
  const { cache, worldId, report, stored } = setup()
  cache.bookmarks.note(worldId, ['b1'])
  expect(cache.bookmarks.of(worldId)).toEqual(['b1'])
  expect(await stored()).toEqual([])
  await cache.bookmarks.share(worldId)
  expect(await stored()).toEqual(['b1'])
  await report()
  expect(await stored()).toEqual(['b1'])
})

test('a load is given what came with its own lease', async () => {
  const { cache, worldId, report } = setup()
  const [other, entry] = [openCache(), cache.keys.entry(kinds.flags, worldId, null)]
  await report('b1')
  const given: unknown[] = []
  const load: LoadMany<object> = async (_, options) => {
    given.push(options)
    return [{}]
  }
  await other.fill({ entries: [entry], load, mode: 'read', by: 'read', waitMs: 0 })
  expect(given).toEqual([{ bookmarks: ['b1'] }])
})

test('a job of a change that could not be invalidated directly brings its bookmarks; no other job stands in for it', async () => {
  const { cache, worldId, leased } = setup()
  const payload = { worldId, target: { kind: 'flags' }, version: null }
  const run = { payload: { ...payload, bookmarks: ['b1'] } } as JobRun<InvalidatePayload>
  await makeSure(run, { cache, ensureStale: createEnsureStale(cache) } as PoolDeps)
  expect(await leased()).toEqual(['b1'])
  const keyOf = (bookmarks?: string[]) => invalidationKey({ ...payload, bookmarks })
  expect(new Set([keyOf(), keyOf(['b1']), keyOf(['b2'])]).size).toBe(3)
})

test('merged bookmarks take the place of those that they name, and of no others', async () => {
  const { cache, worldId, report, stored } = setup()
  await report('b1', 'b2')
  await report('b3')
  cache.bookmarks.reached(worldId, ['b1', 'b2'], ['b1-2'])
  await expect.poll(stored, inTime).toEqual(['b1-2', 'b3'])
  await report('b4')
  cache.bookmarks.reached(worldId, ['b1', 'b2'], ['late'])
  cache.bookmarks.reached(fresh(), ['b1'], ['alone'])
  await expect.poll(() => cache.redis.ping(), inTime).toBe('PONG') // answered after the merge, on the same connection
  expect(await stored(), 'another process has merged them').toEqual(['b1-2', 'b3', 'b4'])
})

test('a world keeps 200 bookmarks, for an hour, and nothing of other programs', async () => {
  const { cache, key, report, stored, leased } = setup()
  for (let i = 0; i < 6; i++) await report(...Array.from({ length: 50 }, (_, j) => `b${i}-${j}`))
  const last = await stored()
  expect(last).toHaveLength(200)
  expect(last.at(-1)).toBe('b5-49')
  expect(last[0]).toBe('b2-0')

  await cache.redis.unlink(key)
  const hourAgo = (Date.now() - 3_700_000) * 1_000
  await cache.redis.zadd(key, hourAgo, 'old')
  expect(await leased()).toEqual([])
  expect(await stored()).toEqual([])

  await cache.redis.set(key, 'not ours')
  expect(await leased()).toEqual([])
  await report('b1')
  expect(await leased()).toEqual(['b1'])
})
