import { describe, expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../cli/servers/redis.ts'
import { freePort } from '../../cli/servers/start-child.ts'
import { readSchedules } from '../../queues/schedules/read.ts'
import { startSchedules } from '../../queues/schedules/start.ts'
import { startProxy } from '../support/relay-proxy.ts'
import { inTime } from '../support/relay-setup.ts'
import { aborted, hardlyEver, heldRun, onceIn, schedulesSetup } from '../support/schedules-setup.ts'
import { redisUrl } from '../support/servers.ts'

const anHourAgo = () => new Date(Date.now() - 3_600_000)

test('a round gets its slot and the next one, in UTC', async () => {
  const { start, next, row } = schedulesSetup()
  const { expression, at } = onceIn(500)
  const told = new Promise(resolve => {
    start({ expression, run: async ({ slot, nextAt }) => resolve([slot, nextAt]) })
  })
  const ended = next('ok')
  const tomorrow = new Date(at.getTime() + 86_400_000)
  expect(await told).toEqual([at, tomorrow])
  await ended
  expect(await row()).toMatchObject({ expression, nextAt: tomorrow, skipped: 0, caughtUp: 0 })
  expect((await row()).last).toMatchObject({
    outcome: 'ok',
    reason: null,
    by: expect.stringMatching(/:\d+$/),
  })
})

test('a failed round is reported and recorded, and the next one runs', async () => {
  const { start, next, row } = schedulesSetup()
  const rounds: (() => Promise<void>)[] = [
    async () => {
      throw new Error('no luck')
    },
    () => held.run({ signal: new AbortController().signal }),
  ]
  const held = heldRun()
  const failed = next('failed')
  start({ run: () => (rounds.shift() ?? (async () => {}))() })
  expect(await failed).toMatchObject({ name: 'refresh', error: { message: 'no luck' } })
  expect((await row()).last).toMatchObject({ outcome: 'failed', reason: 'no luck' })

  await held.begun
  expect((await row()).last).toMatchObject({ outcome: 'running', reason: null, tookMs: null })
  const ok = next('ok')
  held.letGo()
  await ok
  expect((await row()).last).toMatchObject({ outcome: 'ok', reason: null })
})

describe('a round that was missed', () => {
  test('is caught up at start, once however many schedulers start; a new one has missed nothing', async () => {
    // A separate one: commands of other tests would reach MONITOR before ioredis has switched to it.
    const redis = await startRedis({ isolated: true })
    onTestFinished(() => redis.stop())
    const { start, events, row, missedAt, looks } = schedulesSetup(redis.url)
    const looked = await looks()
    const first = start({ expression: hardlyEver })
    await expect.poll(() => row().catch(() => null), inTime).toMatchObject({ last: null })
    await first.close(100)

    const missed = anHourAgo()
    await missedAt(missed)
    const before = looked()
    for (let i = 0; i < 6; i++) start({ expression: hardlyEver })
    await expect.poll(() => looked() - before, inTime).toBe(6)
    await expect.poll(async () => (await row()).last?.outcome, inTime).toBe('ok')
    await expect.poll(() => events.map(({ outcome }) => outcome), inTime).toContain('ok')
    expect(events).toEqual([
      { name: 'refresh', outcome: 'caught-up', slot: missed },
      { name: 'refresh', outcome: 'ok', slot: missed, tookMs: expect.any(Number) },
    ])
    const { caughtUp, nextAt } = await row()
    expect(caughtUp).toBe(1)
    expect(nextAt.getTime()).toBeGreaterThan(Date.now())
  })

  test('is not caught up under another expression', async () => {
    const { start, events, row, missedAt } = schedulesSetup()
    const first = start({ expression: hardlyEver })
    await expect.poll(() => row().catch(() => null), inTime).not.toBeNull()
    await first.close(100)
    await missedAt(anHourAgo())
    start({ expression: '0 0 28 2 *' })
    await expect.poll(async () => (await row()).nextAt.getTime(), inTime).toBeGreaterThan(Date.now())
    expect((await row()).expression).toBe('0 0 28 2 *')
    expect(events).toEqual([])
  })
})

describe('a running round', () => {
  test('is aborted when another process has taken its lock, and does not report its end', async () => {
    const { start, next, redis, place, row } = schedulesSetup()
    const held = heldRun()
    start({ expression: onceIn(300).expression, run: held.run }, { lockMs: 600 })
    const signal = await held.begun
    await redis.set(`${place.prefix}:round:refresh:running`, 'another', 'PX', 60_000)
    expect(await aborted(signal)).toContain('could not be renewed')
    const ended = next('ok')
    held.letGo()
    await ended
    expect((await row()).last).toMatchObject({ outcome: 'running', tookMs: null })
    expect(await redis.get(`${place.prefix}:round:refresh:running`)).toBe('another')
  })

  test('is aborted when Redis is unreachable, before its lock expires', async () => {
    const way = await startProxy(redisUrl())
    const { start, redis, place, row } = schedulesSetup()
    const held = heldRun()
    const options = { place: { ...place, address: way.url }, lockMs: 1_500 }
    start({ expression: onceIn(500).expression, run: held.run }, options)
    const signal = await held.begun
    way.cut()
    await aborted(signal)
    expect(await redis.pttl(`${place.prefix}:round:refresh:running`)).toBeGreaterThan(-2)
    await expect.poll(async () => (await row()).last?.outcome, inTime).toBe('lost')
    held.letGo()
  })

  test('is aborted on close, which waits for it up to the limit; close is safe twice', async () => {
    const { start, events, row } = schedulesSetup()
    const held = heldRun()
    const schedules = start({ run: held.run })
    const signal = await held.begun
    const closed = schedules.close(60_000)
    expect(await aborted(signal)).toContain('stopping')
    held.letGo()
    await Promise.all([closed, schedules.close(60_000)])
    expect(events.map(({ outcome }) => outcome)).toEqual(['ok'])
    expect((await row()).last?.outcome).toBe('ok')

    const stubborn = heldRun()
    const others = start({ run: stubborn.run })
    await stubborn.begun
    await others.close(50)
    expect((await row()).last?.outcome).toBe('running') // until its lock has run out
    stubborn.letGo()
  })

  test('that is aborted on close is reported as stopped, not as failed', async () => {
    const { start, events } = schedulesSetup()
    let begin = () => {}
    const begun = new Promise<void>(resolve => {
      begin = resolve
    })
    const schedules = start({
      async run({ signal }) {
        begin()
        await aborted(signal)
        signal.throwIfAborted()
      },
    })
    await begun
    await schedules.close(60_000)
    expect(events.map(({ outcome }) => outcome)).toEqual(['stopped'])
  })
})

test.each(['refresh', 'sweep'] as const)('a wrong expression of %s is refused by name', name => {
  const { place } = schedulesSetup()
  const begin = (expression: string) => () =>
    startSchedules({ place, schedules: [{ name, expression, run: async () => {} }] })
  expect(begin('61 * * * * *')).toThrow(
    `the expression of the round ${name} is "61 * * * * *" (61 is a invalid`,
  )
  expect(begin('often')).toThrow(/expected cron in UTC, five fields or six/)
  expect(begin('0 0 31W 2 *')).toThrow('it is never due')
})

test('rounds cannot be read while Redis is away, which is an error', async () => {
  const reading = readSchedules({ address: `redis://127.0.0.1:${await freePort()}` })
  await expect(reading).rejects.toMatchObject({ code: 'QueueUnavailable' })
})
