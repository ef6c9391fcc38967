import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { CacheState } from '../../cache/cache-state.ts'
import { startRedis } from '../../cli/servers/redis.ts'
import type { ServerProcess } from '../../cli/servers/started.ts'
import type { HearthOptions } from '../../hearth/options.ts'
import { openWay } from '../chaos/proxy.ts'
import { kinds } from '../support/kinds.ts'
import { inTime } from '../support/relay-setup.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh, openHearth, plantWorld } from '../support/setup.ts'

let url: string
let redis: ServerProcess | undefined
beforeAll(async () => {
  const server = await startRedis({ isolated: true, purpose: 'cache' })
  url = server.url
  redis = server.process
  if (!redis) console.log(`[outages] skipped: a Redis cannot be killed here (${server.how})`)
  return () => server.stop()
})

/** A hearth with a Redis that may be killed, and another Redis for its queues; its first world is warm. */
async function openBefore(address = url, options: Partial<HearthOptions> = {}) {
  const states: CacheState[] = []
  const observer = { cacheIs: (state: CacheState) => void states.push(state) }
  const opened = openHearth({ cache: address, queue: redisUrl(), observer, ...options })
  const { hearth, world } = opened
  const worldId = fresh()
  await plantWorld(world, worldId)
  await hearth.cache.ping()
  await expect
    .poll(async () => {
      await hearth.timeline(worldId, 'c0')
      return hearth.cache.redis.exists(hearth.cache.keys.entry(kinds.timeline, worldId, 'c0').key)
    }, inTime)
    .toBe(1)
  const is = (state: CacheState) => expect.poll(() => hearth.cache.cacheState.current, inTime).toBe(state)
  return { ...opened, worldId, states, is }
}

/** The time of the slowest of some reads, one after another. */
async function slowest(read: () => Promise<unknown>, times = 20): Promise<number> {
  let slowestMs = 0
  for (let i = 0; i < times; i++) {
    const from = performance.now()
    await read()
    slowestMs = Math.max(slowestMs, performance.now() - from)
  }
  return slowestMs
}

/** Far above the limit, for a busy machine; without a limit a read would wait for seconds or for ever. */
const atMostMs = 1_000

describe.each(['frozen', 'killed'] as const)('a Redis that is %s', how => {
  test('answers no read, but Neo4j does; when Redis is back it is trusted again', async context => {
    if (!redis) return context.skip()
    const { hearth, world, worldId, states, is } = await openBefore()
    await redis.kill(how === 'frozen' ? 'SIGSTOP' : 'SIGKILL')
    try {
      const ms = await slowest(async () => expect(await hearth.timeline(worldId, 'c0')).toHaveLength(2))
      console.log(`[outages] slowest of 20 reads while Redis was ${how}: ${ms.toFixed(0)} ms`)
      expect(ms).toBeLessThan(atMostMs)
      await is('away')
      const before = world.loads
      await Promise.all(Array.from({ length: 500 }, () => hearth.timeline(worldId, 'c1')))
      const loads = world.loads
      expect(
        loads - before,
        'one for the first, one for who came while it was under way',
      ).toBeLessThanOrEqual(2)
      await hearth.timeline(worldId, 'c1')
      expect(world.loads, 'none for who comes a moment later').toBe(loads)
    } finally {
      if (how === 'frozen') await redis.kill('SIGCONT')
      else await redis.restart()
    }
    await is('trusted')
    expect(states).toEqual(['away', 'catching-up', 'trusted'])
    const loads = world.loads
    await hearth.timeline(worldId, 'c0')
    await hearth.timeline(worldId, 'c0')
    expect(world.loads - loads, 'a hit again').toBeLessThanOrEqual(how === 'frozen' ? 0 : 1)
  })
})

test('this process reads its own changes at once while Redis is away, also if the value was being loaded', async () => {
  const way = await openWay(redisUrl())
  onTestFinished(way.close)
  const { hearth, world, worldId, is } = await openBefore(way.url)
  way.become({ kind: 'cut' })
  await is('away')

  expect(await hearth.flags(worldId)).toEqual({ weather: 'calm' })
  expect(await hearth.setFlags(worldId, { weather: 'storm' })).toEqual({ weather: 'storm' })
  expect(await hearth.flags(worldId), 'not what it had in hand').toEqual({ weather: 'storm' })

  const load = world.holdNextLoad({ method: 'timelines' })
  const reading = hearth.timeline(worldId, 'c0')
  await load.started
  const event = { event_id: 'newest', timestamp: '2030-01-01T00:00:00', participants: ['c0'] }
  await world.addEvents(worldId, [event])
  expect(await hearth.changed(worldId, [{ kind: 'event-added', entityIds: ['c0'] }])).toBe('deferred')
  load.release()
  await reading
  expect((await hearth.timeline(worldId, 'c0'))[0]?.event_id).toBe('newest')

  const appended = { event_id: 'appended', timestamp: '2031-01-01T00:00:00', participants: ['c0'] }
  expect(await hearth.appendEvents(worldId, [appended])).toMatchObject({ outcome: 'deferred' })
  expect((await hearth.timeline(worldId, 'c0'))[0]?.event_id, 'not what it had in hand').toBe('appended')
})

describe('after an outage', () => {
  /** A change that was deferred while the connection was cut, so that Redis still has the old entry. */
  async function deferredChange() {
    const way = await openWay(redisUrl())
    onTestFinished(way.close)
    const opened = await openBefore(way.url)
    const { hearth, world, worldId, is } = opened
    way.become({ kind: 'cut' })
    await is('away')
    const event = { event_id: 'newest', timestamp: '2030-01-01T00:00:00', participants: ['c0'] }
    await world.addEvents(worldId, [event])
    expect(await hearth.changed(worldId, [{ kind: 'event-added', entityIds: ['c0'] }])).toBe('deferred')
    way.become({ kind: 'clear' })
    await is('catching-up')
    const newest = async () => (await hearth.timeline(worldId, 'c0'))[0]?.event_id
    return { ...opened, newest }
  }

  test('the cache is not trusted before recorded changes have been delivered', async () => {
    const { hearth, world, worldId, newest, is, states } = await deferredChange()
    const { redis, keys } = hearth.cache
    const old = (await redis.get(keys.entry(kinds.timeline, worldId, 'c0').key)) ?? ''
    expect(old, 'Redis still has the old one').not.toContain('newest')
    for (let i = 0; i < 30; i++) {
      expect(await newest()).toBe('newest')
      await new Promise(resolve => setTimeout(resolve, 20)) // longer than it would take with nothing pending
    }
    expect(states.at(-1)).toBe('catching-up')

    await redis.unlink(keys.entry(kinds.timeline, worldId, 'c0').key) // as the relay does
    await world.outbox.remove(await world.outbox.pending(10))
    await is('trusted')
    expect(await newest()).toBe('newest')
  })
})

test('a process whose change does not reach Redis doubts the cache, until the late answer', async () => {
  const way = await openWay(redisUrl())
  onTestFinished(way.close)
  const { hearth, world, worldId, is } = await openBefore(way.url)
  way.become({ kind: 'held' })
  await hearth.setFlags(worldId, { a: randomUUID() })
  const outcome = await hearth.changed(worldId, [{ kind: 'event-added', entityIds: ['c0'] }])
  expect(outcome).toBe('deferred')
  expect(hearth.cache.cacheState.isTrusted).toBe(false)
  way.become({ kind: 'clear' })
  await world.outbox.remove(await world.outbox.pending(10))
  await is('trusted')
})

describe('a Redis that is', () => {
  test('full still answers hits, and values that it cannot store are read all the same', async context => {
    if (!redis) return context.skip()
    const { hearth, world, worldId } = await openBefore()
    const { redis: plain } = hearth.cache
    await plain.config('SET', 'maxmemory-policy', 'noeviction')
    await plain.config('SET', 'maxmemory', '1')
    try {
      await expect(plain.set('lw:test', 'x')).rejects.toThrow('OOM')
      const loads = world.loadsOfId('timelines', 'c0')
      expect(await hearth.timeline(worldId, 'c0')).toHaveLength(2)
      expect(world.loadsOfId('timelines', 'c0'), 'a hit').toBe(loads)
      expect(await hearth.timeline(worldId, 'c1')).toHaveLength(2)
      expect((await hearth.timelines(worldId, ['c0', 'c2'])).get('c2')).toHaveLength(2)
      expect(await hearth.changed(worldId, [{ kind: 'event-added', entityIds: ['c0'] }])).toBe('invalidated')
      expect(await plain.exists(hearth.cache.keys.entry(kinds.timeline, worldId, 'c0').key)).toBe(0)
    } finally {
      await plain.config('SET', 'maxmemory', '0')
      await plain.config('SET', 'maxmemory-policy', 'volatile-lfu')
    }
  })

  test('read-only is not asked, because nothing in it can be invalidated', async context => {
    if (!redis) return context.skip()
    const { hearth, worldId, is } = await openBefore()
    const { redis: plain } = hearth.cache
    await plain.replicaof('127.0.0.1', 1)
    try {
      await is('away')
      expect(await hearth.timeline(worldId, 'c0')).toHaveLength(2)
    } finally {
      await plain.replicaof('NO', 'ONE')
    }
    await is('trusted')
  })
})

test('beyond the limit of loads a read is refused at once, by name; and waiting reads get their turn', async () => {
  const { hearth, world, worldId } = await openBefore(redisUrl(), {
    loadLimiter: { most: 1, leastReads: 1, waitingReads: 2 },
  })
  const load = world.holdNextLoad()
  const first = hearth.flags(worldId)
  await load.started
  const waiting = [hearth.snapshot(worldId), hearth.entity(worldId, { type: 'character', id: 'c1' })]
  await expect
    .poll(async () => {
      const read = hearth.entity(worldId, { type: 'character', id: 'c2' })
      return read.catch(error => error.code)
    }, inTime)
    .toBe('Overloaded')
  load.release()
  await Promise.all([first, ...waiting])
  expect(await hearth.entity(worldId, { type: 'character', id: 'c2' })).not.toBeNull()
})

test('a signal ends a waiting read, and no other', async () => {
  const { hearth, world, worldId } = await openBefore(redisUrl())
  const load = world.holdNextLoad({ method: 'flags' })
  const abort = new AbortController()
  const mine = hearth.flags(worldId, { signal: abort.signal })
  const other = hearth.flags(worldId)
  await load.started
  abort.abort(new Error('the player has left'))
  await expect(mine).rejects.toMatchObject({ code: 'Aborted', cause: { message: 'the player has left' } })
  load.release()
  expect(await other).toEqual({ weather: 'calm' })
  await expect(hearth.timeline(worldId, 'c0', { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'Aborted',
  })
})
