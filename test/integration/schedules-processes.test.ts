import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../cli/servers/redis.ts'
import { forkSupport } from '../support/child.ts'
import { inTime } from '../support/relay-setup.ts'
import type { SchedulesChildArgs, SchedulesChildMessage } from '../support/schedules-child.ts'
import { everySecond, onceIn, schedulesSetup } from '../support/schedules-setup.ts'

type Told = SchedulesChildMessage & { pid: number }
const lockMs = 1_500

/** Schedulers of a round every second, and their messages. */
function startChildren(place: { address: string; prefix: string }, count: number) {
  const told: Told[] = []
  const children = Array.from({ length: count }, () => {
    const args: SchedulesChildArgs = { place, expression: everySecond, lockMs }
    const child = forkSupport('schedules-child.ts', [JSON.stringify(args)])
    child.on('message', message => told.push({ ...(message as SchedulesChildMessage), pid: child.pid ?? 0 }))
    return child
  })
  return { told, of: (outcome: Told['outcome']) => told.filter(one => one.outcome === outcome), children }
}

/** No slot was both run and skipped, or run twice, or skipped twice. */
function expectEachOnce(fired: readonly Told[]) {
  const slots = fired.map(({ slot }) => slot).sort()
  expect(slots).toEqual([...new Set(slots)])
}

test('three schedulers, one killed with -9 during its round: each slot runs once, and the others continue', async () => {
  const { place, row } = schedulesSetup()
  const { of, children } = startChildren(place, 3)
  await expect.poll(() => of('begun').length, inTime).toBe(1)
  const { pid } = of('begun')[0] as Told
  await expect.poll(() => of('skipped').length, inTime).toBe(2) // longer than its lock would live by itself
  expect(of('begun').length).toBe(1)

  const died = Date.now()
  children.find(child => child.pid === pid)?.kill('SIGKILL')
  await expect.poll(async () => (await row()).last?.outcome, inTime).toBe('lost')
  const others = children.filter(child => child.pid !== pid)
  await expect.poll(() => of('begun').length, inTime).toBe(2)
  console.log(`[schedules] killed in the middle of its round; the next began ${Date.now() - died} ms later`)
  for (const child of others) child.send('go on')
  await expect.poll(() => of('ok').length, inTime).toBeGreaterThanOrEqual(3)

  expect(of('begun').every((one, i) => i === 0 || one.pid !== pid)).toBe(true)
  expectEachOnce([...of('begun'), ...of('skipped')])
  expect((await row()).skipped).toBe(of('skipped').length)
})

test('a round that is due while another process still runs the previous one is skipped and counted', async () => {
  const { place, row, start, events, next } = schedulesSetup()
  const { of, children } = startChildren(place, 1)
  await expect.poll(() => of('begun').length, inTime).toBe(1)
  const skipped = next('skipped')
  start()
  await skipped
  for (const child of children) child.send('go on')
  await expect.poll(async () => (await row()).last?.outcome, inTime).toBe('ok')
  expect(events[0]?.outcome).toBe('skipped')
  expect((await row()).skipped).toBeGreaterThan(0)
})

test('a slot during an outage of Redis is caught up once, and the rounds continue', async context => {
  const server = await startRedis({ isolated: true })
  onTestFinished(() => server.stop())
  const { process: redis } = server
  if (!redis) {
    console.log(`[schedules] skipped: a Redis cannot be killed here (${server.how})`)
    return context.skip()
  }
  const { start, row, events, next, redis: client } = schedulesSetup(server.url)
  await client.config('SET', 'appendfsync', 'always')
  const { expression, at } = onceIn(1_500)
  const options = { missedAfterMs: 1_000 }
  for (let i = 0; i < 3; i++) start({ expression }, options)
  await expect.poll(() => row().catch(() => null), inTime).not.toBeNull()

  await redis.kill('SIGKILL')
  await expect.poll(() => Date.now(), inTime).toBeGreaterThan(at.getTime() + 500)
  const caughtUp = next('caught-up')
  const ended = next('ok')
  await redis.restart()
  expect(await caughtUp).toMatchObject({ slot: at })
  await ended
  start({ name: 'decay' }, options)
  await next('ok') // a second later at most, in which the others have looked as well
  expect(events.filter(({ name }) => name === 'refresh').map(({ outcome }) => outcome)).toEqual([
    'caught-up',
    'ok',
  ])
})

test('a slot at which Redis hung, without being down, is caught up', async context => {
  const server = await startRedis({ isolated: true })
  onTestFinished(() => server.stop())
  const { process: redis } = server
  if (!redis) {
    console.log(`[schedules] skipped: a Redis cannot be stopped here (${server.how})`)
    return context.skip()
  }
  const { start, row, next } = schedulesSetup(server.url)
  const { expression, at } = onceIn(1_000)
  const told = new Promise<Error>(resolve => {
    start({ expression }, { missedAfterMs: 500, lockMs: 900, onError: resolve })
  })
  await expect.poll(() => row().catch(() => null), inTime).not.toBeNull()
  await redis.kill('SIGSTOP')
  expect((await told).message).toMatch(/timed out/i)
  const caughtUp = next('caught-up')
  await redis.kill('SIGCONT')
  expect(await caughtUp).toMatchObject({ slot: at })
})
