import { EventEmitter } from 'node:events'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createPrimaries } from '../../cache/primaries.ts'
import type { CacheRedis } from '../../cache/scripts.ts'

/** A connection to a server that the test describes. */
function connect(replicas: number) {
  vi.useFakeTimers()
  onTestFinished(() => {
    vi.useRealTimers()
  })
  const server = { role: 'master', id: 'a', before: '0', lags: [0, 1], denies: false, hides: false }
  const connection = Object.assign(new EventEmitter(), {
    status: 'ready',
    options: {},
    async info() {
      if (server.denies) throw new Error('NOPERM this user has no permissions')
      const following = server.lags.map((lag, i) => `slave${i}:ip=::1,port=${i},state=online,lag=${lag}`)
      const ids = server.hides ? [] : [`master_replid:${server.id}`, `master_replid2:${server.before}`]
      return [`role:${server.role}`, ...following, 'slave9:state=wait_bgsave,lag=0', ...ids].join('\r\n')
    },
  })
  const redis = connection as unknown as CacheRedis
  const primaries = createPrimaries(redis, replicas)
  return {
    server,
    lose: () => connection.emit('close'),
    check: () => primaries.check(redis as never).catch(error => (error as Error).message),
    needed: () => primaries.needed(redis as never),
  }
}

test('another replication id is another server, whether the connection was lost or not', async () => {
  const { server, check, lose } = connect(0)
  expect(await check(), 'the first').toBe('same')
  lose()
  expect(await check()).toBe('same')
  server.id = 'b'
  vi.advanceTimersByTime(4_999)
  expect(await check(), 'over one connection it is not asked').toBe('same')
  vi.advanceTimersByTime(1)
  expect(await check(), 'but now and then').toBe('other')
  expect(await check()).toBe('same')
})

test('where it is hidden or refused, every lost connection may lead to another server', async () => {
  for (const way of ['denies', 'hides'] as const) {
    const { server, check, lose } = connect(1)
    server[way] = true
    expect(await check()).toBe('same')
    expect(await check()).toBe('same')
    lose()
    expect(await check()).toBe('other')
    expect(await check()).toBe('same')
  }
})

test('another server is still reported after a check that failed', async () => {
  const { server, check, lose } = connect(0)
  await check()
  server.id = 'b'
  vi.advanceTimersByTime(5_000)
  const checking = check()
  lose()
  expect(await checking).toBe('the connection was lost')
  expect(await check()).toBe('other')
})

test('a replica is refused, and so is an answer over a connection that was lost meanwhile', async () => {
  const { server, check, lose } = connect(0)
  const checking = check()
  lose()
  expect(await checking).toBe('the connection was lost')
  server.role = 'slave'
  expect(await check()).toMatch(/^READONLY/)
})

test('a primary without replicas that it had is refused for 30 s; one that was promoted for 5 s', async () => {
  const { server, check, needed, lose } = connect(2)
  expect(needed(), 'before the first answer').toBe(2)
  await check()
  server.lags = [0, 4]
  expect(await check()).toMatch(/^1 of 2 replicas follow it/)
  await vi.advanceTimersByTimeAsync(29_000)
  expect(await check()).toMatch(/^1 of 2/)
  expect(needed()).toBe(2)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await check()).toBe('same')
  expect(needed()).toBe(1)
  server.lags = [0, 0]
  await check()
  expect(needed()).toBe(2)

  Object.assign(server, { id: 'b', before: 'a', lags: [] })
  lose()
  expect(needed(), 'of a server that is not known').toBe(2)
  expect(await check()).toMatch(/^0 of 2/)
  await vi.advanceTimersByTimeAsync(4_999)
  expect(await check()).toMatch(/^0 of 2/)
  await vi.advanceTimersByTimeAsync(1)
  expect(await check()).toBe('other')
  expect(needed()).toBe(0)

  Object.assign(server, { id: 'a', before: '0' })
  expect(await check(), 'the old one again').toMatch(/^0 of 2/)
})

test('a process that starts with too few replicas waits for 30 s', async () => {
  const { server, check } = connect(1)
  server.lags = []
  expect(await check()).toMatch(/^0 of 1/)
  await vi.advanceTimersByTimeAsync(29_999)
  expect(await check()).toMatch(/^0 of 1/)
  await vi.advanceTimersByTimeAsync(1)
  expect(await check()).toBe('same')
})
