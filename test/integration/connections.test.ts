import { once } from 'node:events'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../cli/servers/redis.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { openSharedConnection } from '../../queues/shared-connection.ts'
import { thisProcess } from '../../resilience/this-process.ts'
import { eventOf, plantEntities } from '../support/append-world.ts'
import { startProxy } from '../support/relay-proxy.ts'
import { fresh, openHearth } from '../support/setup.ts'

const inTime = { timeout: 15_000, interval: 20 }

/** A Redis of this test alone, and the names of the connections that it has, but for the test's. */
async function startServer() {
  const server = await startRedis({ isolated: true })
  onTestFinished(() => server.stop())
  const admin = new Redis(server.url, { connectionName: 'test' })
  onTestFinished(() => admin.disconnect())
  const received = async () => Number(/total_connections_received:(\d+)/.exec(await admin.info('stats'))?.[1])
  const before = await received()
  let asked = 0
  const callsOf = (name: string, stats: string) =>
    Number(RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0)
  return {
    url: server.url,
    admin,
    /** How often probes' commands were called, but by `calls` itself. */
    async calls() {
      asked += 1
      const stats = await admin.info('commandstats')
      return { unlink: callsOf('unlink', stats), info: callsOf('info', stats) - asked + 1 }
    },
    /** How many connections were ever made, but for the test's. */
    made: async () => (await received()) - before,
    async names() {
      const clients = ((await admin.client('LIST')) as string).trim().split('\n')
      const names = clients.map(client => / name=(\S*)/.exec(client)?.[1] ?? '')
      return names.filter(name => name !== 'test').toSorted()
    },
  }
}

const named = (...uses: string[]) => uses.map(use => `hearth:${use}:${thisProcess}`).toSorted()

/** Reads, changes, appends, adds jobs, counts what it reads, and is a member of its fleet. */
async function openGame(options: Parameters<typeof openHearth>[0]) {
  const { hearth, world, place } = openHearth(options)
  const worldId = fresh()
  await plantEntities(world, worldId)
  await hearth.flags(worldId)
  await hearth.appendEvents(worldId, [eventOf(0)])
  await hearth.changed(worldId, [{ kind: 'flags-changed' }])
  hearth.notifyRelay()
  await hearth.settled()
  await hearth.flags(worldId)
  return { hearth, place, worldId }
}

test('a game has three connections to the cache and one to the queues', async () => {
  const [cache, queue] = [await startServer(), await startServer()]
  const { hearth } = await openGame({ cache: cache.url, queue: queue.url })
  await expect.poll(() => hearth.cache.near?.stats.state, inTime).toBe('armed')
  await expect.poll(cache.names, inTime).toEqual(named('cache:reads', 'cache:store', 'cache:near'))
  expect(await queue.names()).toEqual(named('queue:shared'))
  expect([await cache.made(), await queue.made()]).toEqual([3, 1])
})

test('a worker has six connections to the queues, one to wait for jobs of each queue, and two to the cache', async () => {
  const [cache, queue] = [await startServer(), await startServer()]
  const { hearth, place } = openHearth({ cache: cache.url, queue: queue.url, near: false })
  const watchdog = { stuckMs: 1, everyMs: 20 } // looks all the time, and no job waits
  const pool = await startPool({ ...place, address: queue.url, deps: hearth.jobDeps(), watchdog })
  onTestFinished(() => pool.close(1_000))
  const looks = async () =>
    Number(/cmdstat_llen:calls=(\d+)/.exec(await queue.admin.info('commandstats'))?.[1])
  await expect.poll(looks, inTime).toBeGreaterThan(10)
  const waiting = ['warm', 'invalidate', 'refresh', 'flush', 'audit'].map(
    name => `${place.prefix}:${Buffer.from(name).toString('base64')}`,
  )
  await expect.poll(queue.names, inTime).toEqual([...named('queue:shared'), ...waiting].toSorted())
  expect(await cache.names()).toEqual(named('cache:reads', 'cache:store'))
  expect([await cache.made(), await queue.made()]).toEqual([2, 6])
})

test('an idle process probes seldom, and who it is asked is no part of each probe', async () => {
  const [idle, busy] = [await startServer(), await startServer()]
  const queue = (await startServer()).url
  await openGame({ cache: idle.url, queue })
  const { hearth, worldId } = await openGame({ cache: busy.url, queue, near: false })
  const [idleBefore, busyBefore] = [await idle.calls(), await busy.calls()]
  const probes = async () => {
    await hearth.flags(worldId)
    return (await busy.calls()).unlink - busyBefore.unlink
  }
  await expect.poll(probes, inTime).toBeGreaterThanOrEqual(10)
  const [idleNow, busyNow] = [await idle.calls(), await busy.calls()]
  expect(idleNow.unlink - idleBefore.unlink).toBeLessThan(5)
  expect(busyNow.info - busyBefore.info).toBeLessThan(5)
})

test('workers of other queues than the hearth has share no connection with it', async () => {
  const [cache, queue, other] = [await startServer(), await startServer(), await startServer()]
  const { hearth } = await openGame({ cache: cache.url, queue: queue.url })
  const pool = await startPool({ address: other.url, deps: hearth.jobDeps() })
  onTestFinished(() => pool.close(1_000))
  await expect.poll(async () => (await other.names()).length, inTime).toBe(6)
  expect(await queue.names()).toEqual(named('queue:shared'))
})

test('a hearth that is closed leaves its connection to the workers that share it', async () => {
  const server = await startServer()
  const { hearth, place } = await openGame({ redis: server.url })
  const pool = await startPool({ ...place, deps: hearth.jobDeps() })
  await hearth.close()
  expect(await server.names()).toContain(named('queue:shared')[0])
  await pool.close(1_000)
  await expect.poll(server.names, inTime).toEqual([])
})

/** A connection that is shared, over a way that can be cut. */
async function openShared() {
  const server = await startServer()
  const proxy = await startProxy(server.url)
  const shared = openSharedConnection({ address: proxy.url })
  onTestFinished(() => shared.release())
  const [first, second] = [shared.view({ commandTimeout: 100 }), shared.view({ commandTimeout: 15_000 })]
  await second.ping()
  /** No connection can be made from now on. */
  const lose = async () => {
    const lost = new Promise(resolve => void second.once('close', resolve))
    proxy.turnTo('redis://127.0.0.1:1')
    proxy.mend()
    await lost
  }
  return { admin: server.admin, url: server.url, proxy, shared, first, second, lose }
}

test('a command that was given up while the connection was away is not sent later; one that still waits is', async () => {
  const { admin, url, proxy, shared, first, second, lose } = await openShared()
  await lose()
  const failFast = shared.view({ enableOfflineQueue: false })
  await expect(failFast.set('at once', '')).rejects.toThrow(/isn't writeable/)
  const waiting = second.set('waiting', '')
  await expect(first.set('given up', '')).rejects.toThrow('Command timed out')
  const pipeline = first.pipeline().set('given up', '').set('as well', '').exec()
  expect((await pipeline)?.map(([error]) => error?.message)).toEqual([
    'Command timed out',
    'Command timed out',
  ])
  proxy.turnTo(url)
  await waiting
  expect(await admin.keys('*')).toEqual(['waiting'])
})

test('what an ended view, or a worker that was replaced, had asked is not asked again', async () => {
  const { admin, url, proxy, shared, lose } = await openShared()
  const [old, worker] = [shared.forWorker(), shared.forWorker()]
  proxy.cut() // sent, and not answered
  const asked = old.set('of the old one', '').catch(String)
  const still = worker.set('of the new one', '')
  old.disconnect()
  await lose()
  proxy.turnTo(url)
  expect(await still).toBe('OK')
  expect(await asked).toMatch(/closed/)
  expect(await admin.keys('*')).toEqual(['of the new one'])
})

test("the end of a view, or of a worker's, is not the end of what it shares", async () => {
  const { shared, first, second } = await openShared()
  const worker = shared.forWorker()
  const ended = once(worker, 'end')
  worker.disconnect()
  first.disconnect()
  await ended
  await expect(first.ping()).rejects.toThrow('Connection is closed')
  expect([first.status, worker.status, second.status]).toEqual(['end', 'end', 'ready'])
  expect(await second.ping()).toBe('PONG')
  shared.hold().release()
  expect(await second.ping()).toBe('PONG')
})

test("what a worker sends waits as long as it takes, beside others' limits", async () => {
  const { url, proxy, shared, first, lose } = await openShared()
  const worker = shared.forWorker()
  await lose()
  const done = worker.set('done', '')
  for (let i = 0; i < 5; i++) await expect(first.ping()).rejects.toThrow('Command timed out')
  proxy.turnTo(url)
  expect(await done).toBe('OK')
})
