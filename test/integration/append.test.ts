import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { sweepPending } from '../../jobs/flush/sweep.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import type { AcceptedEvent, AppendedEvent } from '../../model/new-events.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'
import { kinds } from '../support/kinds.ts'
import { startProxy } from '../support/relay-proxy.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh, openHearth, plantWorld, queueOf } from '../support/setup.ts'

const at = (second: number) => `2030-01-01T00:00:${String(second).padStart(2, '0')}`
const event = (id: string, second: number, names = ['c0', 'c1']): AppendedEvent => ({
  event_id: id,
  timestamp: at(second),
  participants: names,
})
const inTime = { timeout: 15_000, interval: 20 }

async function openWorld(options: Parameters<typeof openHearth>[0] = {}) {
  const opened = openHearth(options)
  const { hearth, place } = opened
  await hearth.cache.ping() // a read before the first connection would store nothing
  const worldId = fresh()
  await plantWorld(opened.world, worldId)
  const flushes = queueOf(hearth, 'flush')
  return {
    ...opened,
    worldId,
    flushes,
    async startWorkers() {
      const pool = await startPool({ ...place, deps: hearth.jobDeps() })
      onTestFinished(() => pool.close(1_000))
    },
    idsOn: async (entityId: string, limit?: number) => {
      const events = await hearth.timeline(worldId, entityId, limit ? { limit } : {})
      return events.map(({ event_id }) => event_id)
    },
    truthOf: async (entityId: string) => (await opened.world.timelines(worldId, [entityId], 1_000))[0],
    pending: async () => (await hearth.pending.first(worldId, 1)).pending,
    cached: (entityId: string) =>
      hearth.cache.redis.get(hearth.cache.keys.entry(kinds.timeline, worldId, entityId).key),
    flushed: () =>
      vi.waitFor(async () => expect((await hearth.pending.first(worldId, 1)).pending).toBe(0), inTime),
  }
}

describe('an appended event', () => {
  test('is seen at once on warm and cold timelines of all its entities, and then flushed', async () => {
    const { hearth, worldId, idsOn, truthOf, startWorkers, flushed, world } = await openWorld()
    await hearth.timeline(worldId, 'c0')
    const loads = world.loadsOf('timelines')
    expect(await hearth.appendEvents(worldId, [event('new', 1)])).toEqual({
      accepted: 1,
      outcome: 'visible',
      eventIds: ['new'],
    })
    expect(await idsOn('c0')).toEqual(['new', 'c0-e1', 'c0-e0'])
    expect(world.loadsOf('timelines'), 'c0 stayed warm').toBe(loads)
    expect(await idsOn('c1')).toEqual(['new', 'c1-e1', 'c1-e0'])
    expect((await truthOf('c0'))?.length).toBe(2)

    const before = await hearth.timelines(worldId, ['c0', 'c1'])
    await startWorkers()
    await flushed()
    expect(await truthOf('c0')).toEqual(before.get('c0'))
    expect(await truthOf('c1')).toEqual(before.get('c1'))
    expect(await hearth.timelines(worldId, ['c0', 'c1'])).toEqual(before)
  })

  test('stands where its time puts it, and the oldest beyond the top k falls off', async () => {
    const { hearth, worldId, idsOn } = await openWorld({ topK: 4 })
    await hearth.timeline(worldId, 'c0')
    await hearth.appendEvents(worldId, [
      event('b', 20),
      event('a', 10),
      { ...event('old', 1), timestamp: '0044-03-15' },
    ])
    expect(await idsOn('c0')).toEqual(['b', 'a', 'c0-e1', 'c0-e0'])
    await hearth.appendEvents(worldId, [event('c', 15)])
    expect(await idsOn('c0')).toEqual(['b', 'c', 'a', 'c0-e1'])
  })

  test('that is appended again while it is pending stays as it was first', async () => {
    const { hearth, worldId, idsOn, pending, cached } = await openWorld()
    await hearth.timeline(worldId, 'c0')
    await hearth.appendEvents(worldId, [{ ...event('e', 1), title: 'first' }])
    const again = await hearth.appendEvents(worldId, [{ ...event('e', 1), title: 'second' }, event('f', 2)])
    expect(again).toMatchObject({ accepted: 1, eventIds: ['e', 'f'] })
    expect(await idsOn('c0')).toEqual(['f', 'e', 'c0-e1', 'c0-e0'])
    expect(await cached('c0')).toContain('first')
    expect(await cached('c0')).not.toContain('second')
    expect(await pending()).toBe(2)
  })

  test('leaves a field unchanged if the given value is undefined', async () => {
    const { hearth, world, worldId } = await openWorld()
    await world.addEvents(worldId, [{ ...event('e', 1), event_id: 'e', title: 'kept' }])
    await hearth.timeline(worldId, 'c0')
    const given = { ...event('e', 1), title: undefined, description: 'new' }
    await hearth.appendEvents(worldId, [given as unknown as AppendedEvent])
    expect((await hearth.timeline(worldId, 'c0'))[0]).toMatchObject({ title: 'kept', description: 'new' })
  })

  test('without an id gets one; without entities it is only written to Neo4j', async () => {
    const { hearth, worldId, pending, startWorkers, flushed, world } = await openWorld()
    const addEvents = vi.spyOn(world, 'addEvents')
    const { eventIds } = await hearth.appendEvents(worldId, [{ timestamp: at(1) }])
    expect(eventIds[0]).toMatch(/^[0-9a-f-]{36}$/)
    expect(await pending()).toBe(1)
    await startWorkers()
    await flushed()
    expect(addEvents).toHaveBeenCalledWith(worldId, [{ event_id: eventIds[0], timestamp: at(1) }])
  })

  test('that is private is written and never seen', async () => {
    const { hearth, worldId, idsOn, cached, startWorkers, flushed, world } = await openWorld()
    const addEvents = vi.spyOn(world, 'addEvents')
    await hearth.timeline(worldId, 'c0')
    await hearth.appendEvents(worldId, [
      { ...event('hidden', 1), private: true },
      { ...event('shown', 2), metadata: { email: 'ada@example.org', mood: 'low' } },
    ])
    expect(await idsOn('c0')).toEqual(['shown', 'c0-e1', 'c0-e0'])
    expect(await idsOn('c1'), 'loaded').toEqual(['shown', 'c1-e1', 'c1-e0'])
    expect(await cached('c0')).not.toMatch(/hidden|example/)
    expect(await cached('c1')).not.toMatch(/hidden|example/)
    await startWorkers()
    await flushed()
    expect(addEvents.mock.calls[0]?.[1]).toMatchObject([
      { private: true },
      { metadata: { email: 'ada@example.org' } },
    ])
    expect(await idsOn('c0')).toEqual(['shown', 'c0-e1', 'c0-e0'])
  })

  test('that makes an event private which was seen hides it at once, on warm and cold timelines, for good', async () => {
    const { hearth, world, worldId, idsOn, startWorkers, flushed } = await openWorld({ topK: 2 })
    await world.addEvents(worldId, [{ ...event('seen', 1), event_id: 'seen' }])
    expect(await idsOn('c0'), 'warm').toEqual(['seen', 'c0-e1'])
    await hearth.appendEvents(worldId, [{ ...event('seen', 1), private: true }])
    for (const id of ['c0', 'c1']) expect(await idsOn(id)).toEqual([`${id}-e1`, `${id}-e0`])
    await startWorkers()
    await flushed()
    for (const id of ['c0', 'c1']) expect(await idsOn(id)).toEqual([`${id}-e1`, `${id}-e0`])
    expect((await world.timelines(worldId, ['c0'], 9))[0]).toHaveLength(2)
  })

  test('that makes a pending event private hides it, and is written as private', async () => {
    const { hearth, world, worldId, idsOn, cached, startWorkers, flushed, pending } = await openWorld()
    const addEvents = vi.spyOn(world, 'addEvents')
    await idsOn('c0')
    await hearth.appendEvents(worldId, [{ ...event('e', 1), private: false, metadata: { private: false } }])
    expect(await idsOn('c0')).toEqual(['e', 'c0-e1', 'c0-e0'])
    const { events: begun } = await hearth.pending.first(worldId, 9) // by a flush in progress
    const again = await hearth.appendEvents(worldId, [{ ...event('e', 1, []), title: 'lost', private: true }])
    expect(again).toMatchObject({ accepted: 0, outcome: 'visible' })
    expect(await cached('c0')).not.toContain('"e"')
    for (const id of ['c0', 'c1']) expect(await idsOn(id)).toEqual([`${id}-e1`, `${id}-e0`])
    await hearth.pending.forget(worldId, begun)
    expect(await pending()).toBe(1)
    await hearth.appendEvents(worldId, [event('e', 1)])
    expect(await idsOn('c0'), 'it stays private').toEqual(['c0-e1', 'c0-e0'])
    await startWorkers()
    await flushed()
    expect(addEvents.mock.calls[0]?.[1]).toEqual([
      { ...event('e', 1), metadata: { private: false }, private: true },
    ])
    expect(await idsOn('c0')).toEqual(['c0-e1', 'c0-e0'])
  })

  test('that is private once in a call is private, whatever its position in the call', async () => {
    const { hearth, worldId, idsOn } = await openWorld()
    await idsOn('c0')
    const e = event('e', 1)
    await hearth.appendEvents(worldId, [e, { ...e, private: true }, e, event('f', 2)])
    for (const id of ['c0', 'c1']) expect(await idsOn(id)).toEqual(['f', `${id}-e1`, `${id}-e0`])
  })

  test('hidden as private takes no place of other events, however many there are', async () => {
    const { hearth, worldId, idsOn, cached } = await openWorld({ topK: 3 })
    await hearth.appendEvents(worldId, [event('a', 1), event('b', 2), event('c', 3)])
    const hidden = Array.from({ length: 20 }, (_, i) => ({ ...event(`h${i}`, 10 + i), private: true }))
    await hearth.appendEvents(worldId, hidden)
    expect(await idsOn('c0')).toEqual(['c', 'b', 'a'])
    await hearth.appendEvents(worldId, [event('d', 4), { ...event('c', 3), private: true }])
    expect(await idsOn('c0')).toEqual(['d', 'b', 'a'])
    expect(await cached('c0')).not.toContain('"c"')
  })

  test('of an entity that Neo4j does not have is on no timeline, before and after its flush', async () => {
    const { hearth, worldId, idsOn, startWorkers, flushed } = await openWorld()
    expect(await idsOn('nobody')).toEqual([])
    await hearth.appendEvents(worldId, [event('e', 1, ['c0', 'nobody'])])
    expect(await idsOn('nobody')).toEqual([])
    expect((await hearth.timeline(worldId, 'c0'))[0]?.participants).toEqual(['c0', 'nobody'])
    await startWorkers()
    await flushed()
    expect(await idsOn('nobody')).toEqual([])
  })

  test('removes the remembered absence of its timelines', async () => {
    const { hearth, world, worldId, idsOn, cached } = await openWorld()
    expect(await idsOn('late')).toEqual([])
    expect(await cached('late')).toBe('null')
    await world.putEntities(worldId, [{ type: 'character', id: 'late', name: 'Late', props: {} }])
    expect(await hearth.appendEvents(worldId, [event('e', 1, ['late'])])).toMatchObject({
      outcome: 'visible',
    })
    expect(await idsOn('late')).toEqual(['e'])
  })

  test('raises the version, and keeps the remaining TTL of an entry', async () => {
    const { hearth, worldId } = await openWorld()
    await hearth.timeline(worldId, 'c0')
    const { key } = hearth.cache.keys.entry(kinds.timeline, worldId, 'c0')
    await hearth.cache.redis.pexpire(key, 60_000)
    const version = await hearth.version(worldId)
    await hearth.appendEvents(worldId, [event('e', 1)])
    expect(await hearth.version(worldId)).toBeGreaterThan(version ?? 0)
    expect(await hearth.cache.redis.pttl(key)).toBeLessThanOrEqual(60_000)
  })
})

describe('races', () => {
  // Retried: if Redis needs more than 20 ms for the refusal, the reader gets the value that it loaded.
  test('a load that read before the append is not stored, and its reader sees the event', {
    retry: 3,
  }, async () => {
    const { hearth, world, worldId, idsOn } = await openWorld()
    const load = world.holdNextLoad({ method: 'timelines' })
    const reading = idsOn('c0')
    await load.started
    await hearth.appendEvents(worldId, [event('e', 1)])
    load.release()
    expect(await reading).toEqual(['e', 'c0-e1', 'c0-e0'])
    expect(await idsOn('c0')).toEqual(['e', 'c0-e1', 'c0-e0'])
  })

  test('a refresh that read before the append is not stored', async () => {
    const { hearth, world, worldId, idsOn } = await openWorld()
    await hearth.timeline(worldId, 'c0')
    const load = world.holdNextLoad({ method: 'timelines' })
    const { cache, loads } = hearth.jobDeps()
    const refresh = cache.fill({
      entries: [cache.keys.entry(kinds.timeline, worldId, 'c0')],
      load: loads.of(kinds.timeline, worldId),
      mode: 'renew',
      by: 'refresh',
      waitMs: 0,
    })
    await load.started
    await hearth.appendEvents(worldId, [event('e', 1)])
    load.release()
    await refresh
    expect(await idsOn('c0')).toEqual(['e', 'c0-e1', 'c0-e0'])
  })

  test('a load during a flush has the event, because it reads pending first', async () => {
    const { hearth, world, worldId, idsOn, startWorkers, flushed } = await openWorld()
    await hearth.appendEvents(worldId, [event('e', 1)])
    const load = world.holdNextLoad({ method: 'timelines' }) // has read the world, which lacks it
    const reading = idsOn('c0')
    await load.started
    await startWorkers()
    await flushed()
    load.release()
    expect(await reading).toEqual(['e', 'c0-e1', 'c0-e0'])
    expect(await idsOn('c0')).toEqual(['e', 'c0-e1', 'c0-e0'])
  })

  test('a load that began beside the look at pending events is thrown away if one was flushed meanwhile', async () => {
    const { hearth, world, worldId, idsOn } = await openWorld()
    await idsOn('c1') // nothing is pending
    const load = world.holdNextLoad({ method: 'timelines' }) // has read the world, which lacks the event
    const { newest } = hearth.pending
    let flushed = () => {}
    const untilFlushed = new Promise<void>(resolve => {
      flushed = resolve
    })
    vi.spyOn(hearth.pending, 'newest').mockImplementationOnce(async (...asked) => {
      await untilFlushed
      return newest(...asked)
    })
    const reading = idsOn('c0')
    await load.started
    // As a flush does, but without the cache, whose lease would be revoked.
    await hearth.pending.accept(worldId, [[event('e', 1)] as AcceptedEvent[]])
    await world.addEvents(worldId, [event('e', 1)] as AcceptedEvent[])
    await hearth.pending.forget(worldId, (await hearth.pending.first(worldId, 1)).events)
    flushed()
    load.release()
    expect(await reading).toEqual(['e', 'c0-e1', 'c0-e0'])
  })

  test('all of many concurrent appends by several processes are on the timeline', async () => {
    const { hearth, worldId, place, world, idsOn, startWorkers, flushed, truthOf } = await openWorld()
    const others = [1, 2, 3].map(() => openHearth({ queuePrefix: place.prefix, world }).hearth)
    await hearth.timeline(worldId, 'c0')
    await startWorkers()
    const ids = Array.from({ length: 40 }, (_, i) => `e${String(i).padStart(2, '0')}`)
    await Promise.all(
      ids.map(async (id, i) => {
        const writer = [hearth, ...others][i % 4] as typeof hearth
        await writer.appendEvents(worldId, [event(id, i)])
        expect((await writer.timeline(worldId, 'c0')).map(({ event_id }) => event_id)).toContain(id)
      }),
    )
    const all = [...ids.toReversed(), 'c0-e1', 'c0-e0']
    expect(await idsOn('c0')).toEqual(all)
    await flushed()
    expect(await idsOn('c0')).toEqual(all)
    expect((await truthOf('c0'))?.map(({ event_id }) => event_id)).toEqual(all)
  })
})

describe('bad input', () => {
  const bad: [string, unknown, RegExp][] = [
    ['no list', 'e', /events: /],
    ['no events', [], /must not be empty/],
    ['too many', Array(1_001).fill({ timestamp: at(1) }), /at most 1000/],
    ['no timestamp', [{}], /0\.timestamp: /],
    ['a time that is none', [{ timestamp: 'soon' }], /0\.timestamp: must be ISO text/],
    ['an empty id', [{ timestamp: at(1), event_id: '' }], /0\.event_id: must not be empty/],
    ['half a surrogate pair', [{ timestamp: at(1), title: '\ud800' }], /0\.title: must be well-formed/],
    ['an empty name', [{ timestamp: at(1), participants: ['c0', ''] }], /0\.participants\.1: /],
    [
      'too much feeling',
      [{ timestamp: at(1), emotional_impact: 1.5 }],
      /0\.emotional_impact: must be from -1 to 1/,
    ],
    [
      'no significance',
      [{ timestamp: at(1), significance_level: 0 }],
      /0\.significance_level: must be from 1 to 10/,
    ],
    ['metadata that is a list', [{ timestamp: at(1), metadata: [] }], /0\.metadata: must be a JSON object/],
    [
      'consequences that are no JSON',
      [{ timestamp: at(1), consequences: new Map() }],
      /0\.consequences: .*Map/,
    ],
    ['a field too many', [{ timestamp: at(1), mood: 'low' }], /0\.mood: is no field here/],
    ['two wrong fields', [{ timestamp: 1, tags: 'x' }], /0\.timestamp: .*; 0\.tags: /],
  ]
  test.each(bad)('%s is refused by field, and nothing is accepted', async (_, events, message) => {
    const { hearth, worldId, pending } = await openWorld()
    await expect(hearth.appendEvents(worldId, events as AppendedEvent[])).rejects.toMatchObject({
      code: 'InvalidInput',
      message: expect.stringMatching(message),
    })
    expect(await pending()).toBe(0)
  })
})

describe('back-pressure', () => {
  test('slows down above half of the bound, and beyond it refuses a call as a whole', async () => {
    const { hearth, worldId, pending, startWorkers, flushed } = await openWorld({ pendingMax: 10 })
    const some = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => event(`e${from + i}`, i))
    await hearth.appendEvents(worldId, some(0, 5))
    const started = performance.now()
    await hearth.appendEvents(worldId, some(5, 3))
    expect(performance.now() - started).toBeGreaterThan(550)
    await expect(hearth.appendEvents(worldId, some(8, 3))).rejects.toMatchObject({
      code: 'Backlogged',
      message: expect.stringContaining('more than 10'),
    })
    expect(await pending()).toBe(8)
    expect(await hearth.appendEvents(worldId, some(7, 1)), 'one that is pending is no more').toMatchObject({
      accepted: 0,
    })
    await startWorkers()
    await flushed()
    expect(await hearth.appendEvents(worldId, some(8, 3))).toMatchObject({ accepted: 3 })
  })
})

describe('the flush', () => {
  test('waits a moment, and writes a batch in one transaction', async () => {
    const { hearth, world, worldId, startWorkers, flushed } = await openWorld()
    const addEvents = vi.spyOn(world, 'addEvents')
    await startWorkers()
    for (let i = 0; i < 5; i++) await hearth.appendEvents(worldId, [event(`e${i}`, i)])
    await flushed()
    expect(addEvents).toHaveBeenCalledTimes(1)
    expect(addEvents.mock.calls[0]?.[1].map(({ event_id }) => event_id)).toEqual([
      'e0',
      'e1',
      'e2',
      'e3',
      'e4',
    ])
  })

  test('does not wait beyond its limit while events keep arriving', async () => {
    const { hearth, world, worldId, startWorkers } = await openWorld()
    const addEvents = vi.spyOn(world, 'addEvents')
    await startWorkers()
    const started = performance.now()
    for (let i = 0; addEvents.mock.calls.length === 0 && i < 1_000; i++) {
      await hearth.appendEvents(worldId, [event(`e${i}`, i % 60)])
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    const took = performance.now() - started
    expect(took).toBeGreaterThan(1_500)
    expect(took).toBeLessThan(6_000)
  })

  test('sets events aside whose world Neo4j does not have; they can be listed and retried', async () => {
    const { hearth, world, flushes, startWorkers } = await openWorld()
    const worldId = fresh('unborn')
    await hearth.appendEvents(worldId, [event('e', 1)])
    await startWorkers()
    await vi.waitFor(async () => expect(await flushes.getFailedCount()).toBe(1), inTime)
    const [failed] = await flushes.getFailed()
    expect(failed).toMatchObject({
      name: 'refused event e',
      failedReason: expect.stringContaining('there is no world'),
    })
    expect(await hearth.pending.dead(worldId)).toMatchObject([
      { event: { event_id: 'e' }, reason: expect.stringContaining('there is no world') },
    ])
    expect(await hearth.pending.totals()).toEqual({ pending: 0, dead: 1, oldestMs: 0 })

    await plantWorld(world, worldId)
    await failed?.retry() // as Bull Board does
    await vi.waitFor(
      async () => expect((await world.timelines(worldId, ['c0'], 10))[0]?.length).toBe(3),
      inTime,
    )
    await vi.waitFor(
      async () => expect(await hearth.pending.totals()).toEqual({ pending: 0, dead: 0, oldestMs: 0 }),
      inTime,
    )
  })

  test('makes an event pending again that is appended again after it was set aside', async () => {
    const { hearth, startWorkers, idsOn, worldId: known } = await openWorld()
    const worldId = fresh('unborn')
    await hearth.appendEvents(worldId, [event('e', 1)])
    await startWorkers()
    await vi.waitFor(async () => expect(await hearth.pending.dead(worldId)).toHaveLength(1), inTime)
    expect(await hearth.appendEvents(worldId, [{ ...event('e', 1), title: 'mended' }])).toMatchObject({
      accepted: 1,
    })
    expect(await hearth.pending.dead(worldId)).toEqual([])
    expect(await idsOn('c0'), `${known} is another world`).toEqual(['c0-e1', 'c0-e0'])
  })

  test('the sweeper enqueues missing flushes, and adds none where one is enqueued', async () => {
    const { hearth, worldId, flushes, startWorkers, flushed } = await openWorld()
    await hearth.pending.accept(worldId, [[{ event_id: 'e', timestamp: at(1), participants: ['c0'] }]])
    expect(await flushes.getDelayedCount()).toBe(0)
    expect(await sweepPending(hearth)).toBe(1)
    await sweepPending(hearth)
    expect(await flushes.getDelayedCount()).toBe(1)
    await startWorkers()
    await flushed()
    expect(await sweepPending(hearth)).toBe(0)
  })

  test('forgets exactly what it wrote, and not what was accepted since under the same id', async () => {
    const { hearth, worldId, pending } = await openWorld()
    const accept = (title: string) =>
      hearth.pending.accept(worldId, [[{ event_id: 'e', timestamp: at(1), participants: ['c0'], title }]])
    await accept('first')
    const { events: old } = await hearth.pending.first(worldId, 1)
    await hearth.pending.forget(worldId, old)
    await accept('second')
    await hearth.pending.forget(worldId, old)
    expect(await pending()).toBe(1)
    expect((await hearth.pending.newest(worldId, ['c0'], 5)).events).toMatchObject([[{ title: 'second' }]])
  })
})

describe('outages', () => {
  test("the cache's Redis away: events are accepted, seen by this process at once, and by all when it is back", async () => {
    const proxy = await startProxy(redisUrl())
    const { hearth, worldId, idsOn, cached } = await openWorld({ cache: proxy.url, queue: redisUrl() })
    const other = openHearth({ world: embeddedWorld() }).hearth
    await idsOn('c0')
    proxy.cut()
    expect(await hearth.appendEvents(worldId, [event('e', 1)])).toMatchObject({ outcome: 'deferred' })
    expect(await idsOn('c0')).toEqual(['e', 'c0-e1', 'c0-e0'])
    expect(
      (await other.timeline(worldId, 'c0')).map(({ event_id }) => event_id),
      'stale',
    ).not.toContain('e')
    proxy.mend()
    expect(await idsOn('c0')).toEqual(['e', 'c0-e1', 'c0-e0'])
    await vi.waitFor(async () => expect(hearth.cache.quarantine.any).toBe(false), inTime)
    await vi.waitFor(async () => expect(hearth.cache.cacheState.isTrusted).toBe(true), inTime)
    expect(await idsOn('c0')).toEqual(['e', 'c0-e1', 'c0-e0'])
    expect(await cached('c0')).toContain('"e"')
    expect((await other.timeline(worldId, 'c0'))[0]?.event_id).toBe('e')
  })

  test("the queues' Redis away: a cold timeline has the events that this process appended, and is not stored", async () => {
    const proxy = await startProxy(redisUrl())
    const { hearth, worldId, idsOn, cached } = await openWorld({ cache: redisUrl(), queue: proxy.url })
    await hearth.appendEvents(worldId, [event('e', 1)])
    await hearth.settled()
    proxy.cut()
    expect(await idsOn('c0')).toEqual(['e', 'c0-e1', 'c0-e0'])
    expect(await cached('c0')).toBeNull()
    await expect(hearth.appendEvents(worldId, [event('f', 2)])).rejects.toMatchObject({
      code: 'QueueUnavailable',
    })
    proxy.mend()
    await vi.waitFor(async () => {
      await idsOn('c0')
      expect(await cached('c0')).toContain('"e"')
    }, inTime)
  })
})
