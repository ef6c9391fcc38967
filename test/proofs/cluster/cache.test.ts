import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { CacheState } from '../../../cache/cache-state.ts'
import { connectCache } from '../../../cache/connect.ts'
import { holderOf, hosts, type Node, startCluster } from '../../support/many-redis.ts'
import { redisUrl } from '../../support/servers.ts'
import { fresh, openHearth, plantWorld } from '../../support/setup.ts'

const inTime = { timeout: 60_000, interval: 50 }

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

test('a command that waits for a cluster that is away fails in time', async () => {
  const cache = connectCache('redis+cluster://127.0.0.1:1', () => {})
  onTestFinished(() => cache.disconnect())
  await expect(cache.get('x')).rejects.toThrow('Command timed out')
})
