import { Redis } from 'ioredis'
import { describe, expect, onTestFinished, test } from 'vitest'
import { HearthError } from '../../model/errors.ts'
import type { OutboxNode } from '../../model/outbox-node.ts'
import { createNotifyRelay, onRelayNotified } from '../../queues/notify-relay.ts'
import type { RecordedTarget } from '../../queues/recorded.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'
import { nameOf as nameOfTarget } from '../support/kinds.ts'
import { startProxy } from '../support/relay-proxy.ts'
import { inTime, relaySetup } from '../support/relay-setup.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'

const nameOf = ({ target }: RecordedTarget) => nameOfTarget(target)
const flags = [{ kind: 'flags-changed' }]

describe('a recorded change', () => {
  test('becomes a job for each target, once, without a version', async () => {
    const { outbox, worldId, startRelay, pending, invalidations } = relaySetup()
    await outbox.record(worldId, [...flags, { kind: 'event-added', entityIds: ['c1', 'c2'] }])
    await outbox.record(worldId, [{ kind: 'event-added', entityIds: ['c2'] }])
    startRelay()
    await expect.poll(pending, inTime).toBe(0)
    const jobs = await invalidations.getWaiting()
    const target = (name: string) => jobs.filter(job => job.name === name).map(job => job.data)
    expect(jobs).toHaveLength(3)
    expect(target('flags')).toMatchObject([{ worldId, target: { kind: 'flags' }, version: null }])
    expect(target('timeline c2')).toMatchObject([
      { worldId, target: { kind: 'timeline', id: 'c2' }, version: null },
    ])
  })

  test('is removed without a job if it was invalidated directly', async () => {
    const { cache, outbox, worldId, startRelay, pending, invalidations } = relaySetup()
    const done = await outbox.record(worldId, flags)
    await outbox.record(worldId, [{ kind: 'snapshot-changed' }], '') // without an id, as another program may write it
    await cache.confirmations.note(worldId, done)
    startRelay()
    await expect.poll(pending, inTime).toBe(0)
    expect((await invalidations.getWaiting()).map(job => job.name)).toEqual(['snapshot'])
  })

  test('is enqueued if that is unknown; with a backlog, Redis is not asked for every batch', async () => {
    const { outbox, worldId, startRelay, pending, invalidations } = relaySetup()
    for (let i = 0; i < 60; i++) {
      await outbox.record(worldId, [{ kind: 'event-added', entityIds: [`c${i}`] }])
    }
    let asked = 0
    const away = async () => {
      asked++
      throw new HearthError('CacheUnavailable', 'away')
    }
    startRelay({ overrides: { alreadyInvalidated: away } })
    await expect.poll(pending, inTime).toBe(0)
    expect(await invalidations.getWaitingCount()).toBe(60)
    expect(asked).toBe(1)
  })

  test('that can never be delivered is set aside with the reason, and does not block others', async () => {
    const { outbox, worldId, startRelay, pending, invalidations } = relaySetup()
    const refused = new Map<string, string>()
    const tooLong = Array.from({ length: 5_000 }, () => ({ kind: 'flood' }))
    const wrong = [[], [{ kind: 'flood' }], [{ kind: 'event-added', entityIds: [''] }], tooLong]
    const ids = await Promise.all(wrong.map(changes => outbox.record(worldId, changes)))
    const sound = await outbox.record(worldId, flags, '') // as another program may have written it
    startRelay({
      overrides: {
        batch: 3,
        onRefused(nodes, reason) {
          for (const { id } of nodes) refused.set(id, reason)
        },
      },
    })
    await expect.poll(pending, inTime).toBe(0)
    const names = (await invalidations.getWaiting()).map(job => job.name)
    expect(names.sort()).toEqual(['flags', 'snapshot']) // which never expire, once for all that cannot be understood
    expect([...refused.keys()].sort()).toEqual([...ids].sort())
    expect(refused.has(sound)).toBe(false)
    const [empty, kind, id, long] = ids.map(one => refused.get(one) ?? '')
    expect(empty).toMatch(/changes: must not be empty/)
    expect(kind).toMatch(/0\.kind.*must be event-added, flags-changed/)
    expect(id).toMatch(/0\.entityIds\.0: must not be empty/)
    expect(long?.length).toBeLessThanOrEqual(500)
  })

  test('whose content makes the delivery fail is set aside alone, and others are delivered', async () => {
    const { entries, startRelay, pending } = relaySetup()
    const recorded = await entries.plantAndRecord(50)
    const bad = ['c7', 'c8', 'c31']
    const refused = new Map<string, string>()
    const delivered = new Set<string>()
    const trouble: unknown[] = []
    startRelay({
      overrides: {
        async deliver(payloads) {
          const names = payloads.map(({ target }) => ('id' in target ? target.id : ''))
          if (names.some(name => bad.includes(name))) throw new RangeError('too deep')
          for (const name of names) delivered.add(name)
          return payloads
        },
        onRefused(nodes, reason) {
          for (const { id } of nodes) refused.set(id, reason)
        },
        onError: error => trouble.push(error),
      },
    })
    await expect.poll(pending, inTime).toBe(0)
    expect([...refused]).toEqual(bad.map(id => [recorded[entries.ids.indexOf(id)], 'too deep']))
    expect(delivered.size).toBe(47)
    expect(trouble).toEqual([])
  })

  test.each(['WorldUnavailable', 'WorldOverburdened'] as const)(
    'is not set aside while Neo4j accepts nothing: %s',
    async code => {
      const { entries, outbox, startRelay, pending } = relaySetup()
      await entries.plantAndRecord(3)
      const refused: string[] = []
      let refusals = 0
      startRelay({
        outbox: {
          ...outbox,
          async remove(nodes) {
            if (++refusals <= 4) throw new HearthError(code, 'a pool of memory is full')
            await outbox.remove(nodes)
          },
        },
        overrides: { pollMs: 5, onRefused: nodes => void refused.push(...nodes.map(({ id }) => id)) },
      })
      await expect.poll(pending, inTime).toBe(0)
      expect(refused).toEqual([])
    },
  )

  test('that can neither be removed nor set aside is reported, and blocks no other', async () => {
    const { entries, outbox, startRelay, pending } = relaySetup()
    const [stuck] = await entries.plantAndRecord(30)
    const refusing = (call: (nodes: readonly OutboxNode[]) => Promise<void>) => {
      return async (nodes: readonly OutboxNode[]) => {
        if (nodes.some(({ id }) => id === stuck)) throw new HearthError('WorldRefused', 'a constraint')
        await call(nodes)
      }
    }
    const troubled = new Promise<Error | null>(resolve => {
      startRelay({
        outbox: {
          ...outbox,
          remove: refusing(outbox.remove),
          setAside: refusing(nodes => outbox.setAside(nodes, '')),
        },
        overrides: { onError: resolve },
      })
    })
    await expect.poll(pending, inTime).toBe(1)
    expect(await troubled).toMatchObject({ code: 'WorldRefused' })
  })

  test('of a world whose shard is away stays, and holds up no other, however many of it wait', async () => {
    const { startRelay } = relaySetup()
    const { outbox } = embeddedWorld()
    let isAway = true
    for (let i = 0; i < 20; i++) await outbox.record('stuck', [{ kind: 'event-added', entityIds: [`c${i}`] }])
    await outbox.record('other', flags)
    startRelay({
      outbox,
      overrides: {
        batch: 3,
        isAway: worldId => worldId === 'stuck' && isAway,
        async deliver(payloads) {
          if (payloads.some(({ worldId }) => worldId === 'stuck') && isAway)
            throw new HearthError('CacheUnavailable', 'away')
          return payloads
        },
      },
    })
    const worlds = async () => (await outbox.pending(100)).map(({ worldId }) => worldId)
    await expect.poll(worlds, inTime).toEqual(Array.from({ length: 20 }, () => 'stuck'))
    isAway = false
    await expect.poll(worlds, inTime).toEqual([])
  })

  test('without a world is set aside too', async () => {
    const { startRelay } = relaySetup()
    const node: OutboxNode = { ref: 'r', id: 'i', worldId: '', changes: flags, recordedAtMs: 0 }
    const aside = new Promise<string>(resolve => {
      startRelay({
        outbox: {
          record: async () => '',
          pending: async () => [node],
          remove: async () => {},
          setAside: async (_, reason) => resolve(reason),
          pendingSince: async () => true,
          backlog: async () => ({ pending: 1, oldestMs: null }),
        },
      })
    })
    expect(await aside).toContain('world_id must not be empty')
  })

  test('in a backlog is delivered batch by batch, each node once', async () => {
    const { entries, startRelay, pending } = relaySetup()
    await entries.plantAndRecord(110)
    const [enqueued, relayed]: [string[], number[]] = [[], []]
    startRelay({
      overrides: {
        enqueue: async payloads => void enqueued.push(...payloads.map(nameOf)),
        onRelayed: nodes => void relayed.push(nodes),
      },
    })
    await expect.poll(pending, inTime).toBe(0)
    expect(relayed).toEqual([20, 20, 20, 20, 20, 10])
    expect(enqueued.sort()).toEqual(entries.ids.map(id => `timeline ${id}`).sort())
  })

  test('is delivered in groups, however many entities it names', async () => {
    const { outbox, worldId, startRelay, pending } = relaySetup()
    const entityIds = Array.from({ length: 8_000 }, (_, i) => `c${i}`)
    await outbox.record(worldId, [{ kind: 'event-added', entityIds }])
    const groups: number[] = []
    startRelay({
      overrides: { enqueue: async payloads => void groups.push(payloads.length) },
    })
    await expect.poll(pending, inTime).toBe(0)
    expect(groups).toEqual([5_000, 3_000])
  })
})

describe('an error', () => {
  test('is reported once when it begins, when it becomes another, and when it is over', async () => {
    const { outbox, worldId, startRelay } = relaySetup()
    await outbox.record(worldId, flags)
    const failures = [
      new HearthError('WorldUnavailable', 'first'),
      new HearthError('WorldUnavailable', 'second'),
      new HearthError('QueueUnavailable', 'third'),
    ]
    const told: (string | null)[] = []
    const over = new Promise<void>(resolve => {
      startRelay({
        overrides: {
          pollMs: 5,
          onError(trouble) {
            told.push(trouble?.message ?? null)
            if (!trouble) resolve()
          },
          alreadyInvalidated: async nodes => nodes.map(() => true),
          outbox: {
            ...outbox,
            async pending(limit) {
              const failure = failures.shift()
              if (failure) throw failure
              return outbox.pending(limit)
            },
          },
        },
      })
    })
    await over
    expect(told).toEqual(['first', 'third', null])
  })

  test('while enqueueing keeps the nodes', async () => {
    const { outbox, worldId, startRelay, pending } = relaySetup()
    await outbox.record(worldId, flags)
    let refusals = 2
    let left = -1
    const accepted = new Promise<void>(resolve => {
      startRelay({
        overrides: {
          pollMs: 5,
          async enqueue() {
            if (refusals-- > 0) throw new HearthError('QueueUnavailable', 'away')
            left = await pending()
            resolve()
          },
        },
      })
    })
    await accepted
    expect(left).toBe(1)
    await expect.poll(pending, inTime).toBe(0)
  })
})

test('a process that does not lead changes nothing', async () => {
  const { cache, outbox, worldId, startRelay, pending } = relaySetup()
  await cache.confirmations.note(worldId, await outbox.record(worldId, flags))
  await outbox.record(worldId, [{ kind: 'flood' }])
  let asked = 0
  const looked = new Promise<void>(resolve => {
    const { relay } = startRelay({
      overrides: {
        leads() {
          if (++asked === 3) resolve()
          return false
        },
        pollMs: 5,
      },
    })
    relay.notify()
  })
  await looked
  expect(await pending()).toBe(2)
})

describe('close', () => {
  /** A relay with a current batch that it cannot enqueue before the test releases it. */
  async function busyRelay() {
    const setup = relaySetup()
    await setup.outbox.record(setup.worldId, flags)
    let letGo = () => {}
    const relay = await new Promise<{ close(graceMs: number): Promise<void> }>(resolve => {
      const opened = setup.startRelay({
        overrides: {
          async enqueue() {
            resolve(opened.relay)
            await new Promise<void>(done => {
              letGo = done
            })
          },
        },
      })
    })
    return { ...setup, relay, letGo: () => letGo() }
  }

  test('finishes the current batch', async () => {
    const { relay, letGo, pending } = await busyRelay()
    const closed = relay.close(30_000)
    letGo()
    await closed
    expect(await pending()).toBe(0)
  })

  test('abandons a batch that hangs, and keeps its nodes', async () => {
    const { relay, letGo, pending } = await busyRelay()
    await Promise.all([relay.close(10), relay.close(30_000)])
    expect(await pending()).toBe(1)
    letGo()
  })
})

describe('a notification', () => {
  /** Relays only after a notification: it has polled once, and the next poll is a minute away. */
  async function relayAsleep(address = redisUrl()) {
    const setup = relaySetup()
    const relayed: (() => void)[] = []
    const { relay } = setup.startRelay({
      overrides: {
        pollMs: 60_000,
        onRelayed() {
          for (const heard of relayed.splice(0)) heard()
        },
      },
    })
    const next = () => new Promise<void>(resolve => relayed.push(resolve))
    const record = () => setup.outbox.record(setup.worldId, flags)

    const looked = next()
    await record()
    await looked
    await new Promise<void>(resolve => {
      const ears = onRelayNotified({ ...setup.place, address }, () => {
        relay.notify()
        resolve() // it has connected
      })
      onTestFinished(() => ears.close())
    })
    const notifier = createNotifyRelay(setup.place)
    onTestFinished(() => notifier.close())
    return { ...setup, next, record, notifier }
  }

  test('relays recorded changes at once', async () => {
    const { next, record, notifier } = await relayAsleep()
    for (let i = 0; i < 3; i++) {
      const relayed = next()
      await record()
      notifier.notifyRelay()
      await relayed
    }
  })

  test('that was missed during a reconnection is made up for, and the next one arrives', async () => {
    const way = await startProxy(redisUrl())
    const { next, record, notifier } = await relayAsleep(way.url)
    way.cut()
    const relayed = next()
    await record()
    notifier.notifyRelay()
    way.mend()
    await relayed

    const again = next()
    await record()
    notifier.notifyRelay()
    await again
  })

  test('and a thousand more in one turn are one message; each later turn is another', async () => {
    const place = { address: redisUrl(), prefix: fresh('q') }
    const redis = new Redis(redisUrl())
    onTestFinished(() => redis.disconnect())
    let heard = 0
    const waiting = new Map<string, () => void>()
    redis.on('message', (_channel, text: string) => {
      if (text === '') heard++
      else waiting.get(text)?.()
    })
    await redis.subscribe(`${place.prefix}:poke`)
    const publisher = new Redis(redisUrl())
    onTestFinished(() => publisher.disconnect())
    const notifier = createNotifyRelay(place)
    onTestFinished(() => notifier.close())

    const notifications = (count: number) => {
      for (let i = 0; i < count; i++) notifier.notifyRelay()
    }
    notifications(1_000) // while it is not even connected
    await expect.poll(() => heard, inTime).toBe(1)
    notifications(1_000)
    await expect.poll(() => heard, inTime).toBe(2)
    const end = new Promise<void>(resolve => waiting.set('end', resolve))
    await publisher.publish(`${place.prefix}:poke`, 'end')
    await end
    expect(heard).toBe(2)
  })
})
