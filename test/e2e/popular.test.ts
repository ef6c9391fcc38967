import { expect, test } from 'vitest'
import { connectCache } from '../../cache/connect.ts'
import { kinds } from '../support/kinds.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh, openCache } from '../support/setup.ts'
import { hearth, startHearth } from './hearth-command.ts'

const anyPort = { HEARTH_PORT: '0' }

test('the rounds keep popular entries from expiring, others expire; the commands popular and refresh work', async () => {
  const ttlMs = 4_000
  const dev = startHearth(['dev', '--entities', '100'], {
    ...anyPort,
    HEARTH_TIMELINE_TTL_MS: String(ttlMs),
    HEARTH_REFRESH_CRON: '* * * * * *',
  })
  const [, url = ''] = await dev.says(/HEARTH_REDIS_URL=(\S+) npx hearth read demo/)
  const cache = openCache({ redis: connectCache(url, () => {}) })
  const env = { HEARTH_REDIS_URL: url, HEARTH_QUEUE_PREFIX: 'hearth-dev' }
  await cache.popularity.add('demo', new Map([['c1', 10_000]])) // as if the game had read it all the time

  const [hot, cold] = [
    cache.keys.entry(kinds.timeline, 'demo', 'c1'),
    cache.keys.entry(kinds.timeline, 'demo', 'c2'),
  ]
  let gone = 0
  await expect
    .poll(
      async () => {
        gone += (await cache.redis.exists(hot.key)) === 0 ? 1 : 0
        return cache.redis.exists(cold.key)
      },
      { timeout: 3 * ttlMs, interval: 20 },
    )
    .toBe(0)
  const coldGoneAt = performance.now()
  await expect.poll(() => performance.now() - coldGoneAt, { timeout: 2 * ttlMs }).toBeGreaterThan(ttlMs)
  expect(gone, 'times that the popular timeline was found missing').toBe(0)
  expect(await cache.redis.exists(hot.key), 'a life later').toBe(1)

  const shown = await hearth(['popular', 'demo', '--json'], env)
  const [first] = JSON.parse(shown.out).entities
  expect(first).toMatchObject({ id: 'c1', expiresInMs: expect.any(Number) })
  const people = await hearth(['popular', 'demo', '--top', '5'], env)
  expect(people.out).toMatch(/│ c1 +│ +1 │ +[\d.]+ │ +[\d.]+ │ +[\d.]+ m?s │/)

  const refreshed = await hearth(
    ['refresh', 'demo', '--entity', 'c2', '--entity', 'character:c3', '--wait'],
    env,
  )
  expect(refreshed).toMatchObject({ code: 0, out: 'demo: 3 entries renewed.\n' })
  expect(await cache.redis.exists(cold.key)).toBe(1)
})

test('a world without reads has nothing popular, and nothing to refresh', async () => {
  const env = { HEARTH_REDIS_URL: redisUrl(), HEARTH_QUEUE_PREFIX: fresh('q') }
  const worldId = fresh()
  expect((await hearth(['popular', worldId], env)).out).toBe(
    `No entity of "${worldId}" has been read of late.\n`,
  )
  expect(await hearth(['refresh', worldId], env)).toMatchObject({
    code: 0,
    out: expect.stringContaining('none is refreshed'),
  })
  const named = await hearth(['refresh', worldId, '--entity', 'c1'], env)
  expect(named.out).toMatch(/^Job \d+ of the queue refresh\.\n$/)
  expect(await hearth(['popular', worldId, '--top', '0'], env)).toMatchObject({ code: 2 })
})
