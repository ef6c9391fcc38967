import type { EventEmitter } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { CacheState } from '../../cache/cache-state.ts'
import { connectCache } from '../../cache/connect.ts'
import { openHearth as openConfigured, queuePlace } from '../../cli/connect.ts'
import { readConfig } from '../../config/read.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { watchJob } from '../../queues/watch.ts'
import { within } from '../../resilience/within.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'
import { eventOf } from '../support/append-world.ts'
import { holderOf, hosts, type Node, startCluster, startSentinels } from '../support/many-redis.ts'
import { startProxy } from '../support/relay-proxy.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh, openHearth, plantWorld } from '../support/setup.ts'

const inTime = { timeout: 60_000, interval: 50 }
/** Less than a worker's silent connection lasts (20 s): it must have heard of the failover from a Sentinel. */
const toldMs = 15_000

test('a cluster by one address: the first calls are not deferred, and it is found again when that node has died', async () => {
  const { nodes, whole } = await startCluster()
  const start = await holderOf(nodes, 'lw:probe')
  const [slow, other] = nodes.slice(0, 3).filter(node => node !== start) as [Node, Node]
  const states: CacheState[] = []
  await slow.process.kill('SIGSTOP')
  const { hearth, world } = openHearth({
    cache: `redis+cluster://${hosts([start])}`,
    queue: redisUrl(),
    observer: { cacheIs: state => states.push(state) },
  })
  const worlds = Array.from({ length: 12 }, () => fresh())
  const changing = Promise.all(worlds.map(id => hearth.changed(id, [{ kind: 'flags-changed' }])))
  await Promise.race([changing, pause(400)]) // connecting may take longer than a command
  await slow.process.kill('SIGCONT')
  expect(await changing).toEqual(worlds.map(() => 'invalidated'))
  expect(states).toEqual([])
  await Promise.all(worlds.map(id => plantWorld(world, id)))
  const read = () => Promise.all(worlds.map(id => hearth.flags(id)))
  await read()

  await start.process.kill('SIGKILL')
  await expect.poll(() => states.includes('away'), inTime).toBe(true)
  await whole(other)
  await expect.poll(() => states.at(-1), inTime).toBe('trusted')
  const loadsOfARead = async () => {
    const before = world.loads
    await read()
    return world.loads - before
  }
  await expect.poll(loadsOfARead, inTime).toBe(0) // a busy cluster may be away again for a moment
})

test('cache and queue by Sentinels, as the environment names them: all goes on by the new primary of one that froze', async () => {
  const { primary, replica, sentinels } = await startSentinels(3)
  const env = {
    HEARTH_REDIS_URL: `redis+sentinel://${hosts(sentinels)}/worlds/0`,
    HEARTH_QUEUE_PREFIX: fresh('q'),
  }
  const config = readConfig({ env, needs: ['redisUrl'] })
  const world = embeddedWorld()
  const hearth = openConfigured({ config, world })
  onTestFinished(() => hearth.close())
  const place = queuePlace(config)
  const pool = await startPool({ ...place, deps: hearth.jobDeps() })
  onTestFinished(() => pool.close(1_000))
  const worldId = fresh()
  await plantWorld(world, worldId)
  await watchJob(place, await hearth.warm(worldId))

  const onConsole = vi.spyOn(console, 'error')
  onTestFinished(() => onConsole.mockRestore())
  await sentinels[0]?.process.kill('SIGKILL') // two of three are enough
  await primary.process.kill('SIGSTOP')
  await expect.poll(async () => (await replica.admin.role())[0], inTime).toBe('master')
  const warmed = async () => watchJob(place, await hearth.warm(worldId, { force: true }))
  await within(toldMs, expect.poll(() => warmed().then(() => 'warmed', String), inTime).toBe('warmed'))
  expect(await replica.admin.exists(`lw:world:${worldId}:flags`)).toBe(1)
  const change = () => hearth.changed(worldId, [{ kind: 'flags-changed' }])
  await expect.poll(change, inTime).toBe('invalidated')
  expect(onConsole.mock.calls).toEqual([])
  expect(await replica.admin.exists(`lw:world:${worldId}:flags`)).toBe(0)
})

test('news of a failover while Sentinels are being asked does not end a connection for good', async () => {
  const { primary, sentinels } = await startSentinels(1)
  const way = await startProxy(`redis://${hosts(sentinels)}`)
  const redis = connectCache(`redis+sentinel://${new URL(way.url).host}/worlds`, () => {})
  onTestFinished(() => redis.disconnect())
  const { connector } = redis as unknown as {
    connector: { failoverDetector: { sentinels: { client: EventEmitter }[] } | null }
  }
  await expect.poll(() => connector.failoverDetector?.sentinels.length, inTime).toBe(1)
  const [listener] = connector.failoverDetector?.sentinels ?? []

  way.delay(300)
  await primary.admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
  await expect.poll(() => redis.status, { timeout: 30_000, interval: 1 }).toBe('connecting')
  listener?.client.emit('message', '+switch-master', 'worlds')
  await expect.poll(() => redis.ping().catch(String), inTime).toBe('PONG')
})

test('a command that waits for a cluster that is away fails in time', async () => {
  const cache = connectCache('redis+cluster://127.0.0.1:1', () => {})
  onTestFinished(() => cache.disconnect())
  await expect(cache.get('x')).rejects.toThrow('Command timed out')
})

test('a connection of the queues whose other end has vanished without a word is replaced', async () => {
  const proxy = await startProxy(redisUrl())
  const { hearth } = openHearth({ cache: redisUrl(), queue: proxy.url })
  const worldId = fresh()
  await hearth.warm(worldId)
  await hearth.appendEvents(worldId, [eventOf(0)])
  proxy.silence()
  const warm = () => hearth.warm(worldId).then(() => 'taken', String)
  const append = () => hearth.appendEvents(worldId, [eventOf(1)]).then(() => 'accepted', String)
  await Promise.all([expect.poll(warm, inTime).toBe('taken'), expect.poll(append, inTime).toBe('accepted')])
})
