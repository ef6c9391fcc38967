import { once } from 'node:events'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test, vi } from 'vitest'
import { gatherWrites } from '../../resilience/redis-writes.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'

async function setup(most?: number) {
  const redis = gatherWrites(new Redis(redisUrl()), most)
  onTestFinished(() => redis.disconnect())
  await redis.ping()
  const several = vi.spyOn(redis.stream, '_writev')
  const single = vi.spyOn(redis.stream, '_write')
  return {
    redis,
    key: fresh(),
    writes: () => ({ several: several.mock.calls.length, single: single.mock.calls.length }),
  }
}

test('what one turn asks is one write, and each has its own answer', async () => {
  const { redis, key, writes } = await setup()
  const answers = await Promise.all([redis.set(key, 'a'), redis.get(key), redis.incr(`${key}:n`)])
  expect(answers).toEqual(['OK', 'a', 1])
  expect(writes()).toEqual({ several: 1, single: 0 })
})

test('no more than some questions share a write, where Redis is to begin with the first of them', async () => {
  const { redis, key, writes } = await setup(2)
  const answers = await Promise.all(Array.from({ length: 5 }, () => redis.incr(key)))
  expect(answers).toEqual([1, 2, 3, 4, 5])
  expect(writes()).toEqual({ several: 2, single: 1 })
})

test('a question that is alone is sent in its own turn', async () => {
  const { redis, key, writes } = await setup()
  const answer = redis.get(key)
  await new Promise(process.nextTick)
  expect(writes()).toEqual({ several: 0, single: 1 })
  expect(await answer).toBeNull()
})

test('what is asked while the connection is made anew is asked on the new one', async () => {
  const { redis, key } = await setup()
  const before = redis.get(key).catch((error: Error) => error)
  redis.disconnect(true)
  const during = Promise.all([redis.set(key, 'a'), redis.get(key)])
  await once(redis, 'ready')
  expect(await during).toEqual(['OK', 'a'])
  await before
  expect(await redis.get(key)).toBe('a')
})
