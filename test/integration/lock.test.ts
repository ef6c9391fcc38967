import { Redis } from 'ioredis'
import { describe, expect, onTestFinished, test } from 'vitest'
import { keepLock, takeLock } from '../../queues/lock.ts'
import { createPending } from '../../queues/pending.ts'
import { inTime } from '../support/relay-setup.ts'
import { aborted } from '../support/schedules-setup.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'

function setup(lifeMs: number) {
  const redis = new Redis(redisUrl())
  onTestFinished(() => redis.disconnect())
  return { redis, key: fresh('lock'), lifeMs }
}

test('of two one has it, for longer than its life, until it gives it back', async () => {
  const wanted = setup(300)
  const lock = await takeLock(wanted)
  expect(lock?.isHeld()).toBe(true)
  const until = performance.now() + 2 * wanted.lifeMs
  await expect.poll(() => performance.now() > until, inTime).toBe(true)
  expect([lock?.isHeld(), await takeLock(wanted)]).toEqual([true, undefined])
  await lock?.release()
  expect(lock?.isHeld()).toBe(false)
  const next = await takeLock(wanted)
  expect(next?.isHeld()).toBe(true)
  await next?.release()
})

test('what has become another’s is lost, and is not given back', async () => {
  const wanted = setup(300)
  const lock = await takeLock(wanted)
  await wanted.redis.set(wanted.key, 'another', 'PX', 60_000)
  expect(await aborted(lock?.lost as AbortSignal)).toContain('could not be renewed')
  await lock?.release()
  expect(await wanted.redis.get(wanted.key)).toBe('another')
})

test('its life counts from before it was asked for', async () => {
  const wanted = setup(60_000)
  const lock = keepLock({ ...wanted, token: 'ours', askedAt: performance.now() - 60_000 })
  expect(lock.isHeld()).toBe(false)
  await aborted(lock.lost)
})

describe('the flush of a world', () => {
  test('belongs to one process at a time, which stops when another has taken it', async () => {
    const prefix = fresh('flush')
    const open = () => {
      const pending = createPending({ address: redisUrl(), prefix })
      onTestFinished(() => pending.close())
      return pending
    }
    const [one, other] = [open(), open()]
    const { redis } = setup(0)
    const done = await one.whileFlushing('w1', async lost => {
      expect(await other.whileFlushing('w1', async () => 'flushed')).toBe('held')
      await redis.set(`${prefix}:lw:world:w1:pending:flushing`, 'another', 'PX', 60_000)
      return aborted(lost)
    })
    expect(done).toContain('could not be renewed')
    expect(await redis.get(`${prefix}:lw:world:w1:pending:flushing`)).toBe('another')
  })
})
