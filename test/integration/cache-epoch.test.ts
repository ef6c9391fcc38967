import { expect, onTestFinished, test } from 'vitest'
import type { CacheState } from '../../cache/cache-state.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'
import { startDirectRelay } from '../support/direct-relay.ts'
import { type Pair, startPair } from '../support/failover.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh, plantWorld } from '../support/setup.ts'

const inTime = { timeout: 15_000, interval: 10 }

/** A game on a pair, whose lost connections are made again at once, so that no probe meets an outage. */
async function openGame(pair: Pair, { cacheReplicas = 0 } = {}) {
  const world = embeddedWorld()
  const worldId = fresh()
  await plantWorld(world, worldId)
  const states: CacheState[] = []
  const { hostname: host, port } = new URL(pair.proxy.url)
  const hearth = openedHearth({
    cache: { host, port: Number(port), retryStrategy: () => 1 },
    queue: redisUrl(),
    queuePrefix: fresh('q'),
    world,
    cacheReplicas,
    observer: { cacheIs: state => states.push(state) },
  })
  onTestFinished(() => hearth.close())
  await expect.poll(() => hearth.cache.cacheState.isTrusted, inTime).toBe(true)
  const onReplica = async () => {
    await hearth.flags(worldId)
    return pair.primary.exists(`lw:world:${worldId}:flags`)
  }
  await expect.poll(onReplica, inTime).toBe(1)
  states.length = 0
  return { world, worldId, states, hearth }
}

test('a promoted replica that lacks a recorded change is not trusted before that is delivered', async () => {
  const pair = await startPair()
  const { world, worldId, states, hearth } = await openGame(pair)
  pair.link.cut()
  await world.setFlags(worldId, { weather: 'storm' })
  await world.outbox.record(worldId, [{ kind: 'flags-changed' }]) // the relay has not come by yet
  await hearth.cache.direct.invalidate(worldId, [hearth.cache.keys.entryOf(worldId, { kind: 'flags' })])
  expect(await hearth.flags(worldId)).toEqual({ weather: 'storm' })

  await pair.primary.replicaof('NO', 'ONE')
  pair.repoint()
  pair.proxy.mend()
  await expect.poll(() => states.at(-1), inTime).toBe('catching-up')
  expect(states).toEqual(['away', 'catching-up'])
  expect(await hearth.flags(worldId)).toEqual({ weather: 'storm' })

  startDirectRelay({ cache: hearth.cache, outbox: world.outbox })
  await expect.poll(() => states.at(-1), inTime).toBe('trusted')
  expect(await hearth.flags(worldId)).toEqual({ weather: 'storm' })
})

test('a connection that is lost and leads to the same server again is trusted at once', async () => {
  const pair = await startPair()
  const { world, worldId, states, hearth } = await openGame(pair)
  await world.outbox.record(worldId, [{ kind: 'flags-changed' }]) // no process delivers it

  pair.proxy.mend()
  await expect.poll(() => states, inTime).toEqual(['away', 'trusted'])
  expect(await hearth.flags(worldId)).toEqual({ weather: 'calm' })
})

test('a server that became a replica is left for the new primary, though it answers reads', async () => {
  const pair = await startPair()
  const { worldId, states, hearth } = await openGame(pair)
  pair.repoint()
  await pair.demote()
  await expect.poll(() => states.at(-1), inTime).toBe('trusted')
  expect(await hearth.changed(worldId, [{ kind: 'flags-changed' }])).toBe('invalidated')
  expect(await pair.primary.exists(`lw:world:${worldId}:flags`)).toBe(0)
})

test('a change is invalidated when the replica has it; until then it is deferred, in the outbox', async () => {
  const pair = await startPair()
  const { world, worldId, hearth } = await openGame(pair, { cacheReplicas: 1 })
  const change = () => hearth.changed(worldId, [{ kind: 'flags-changed' }])
  await expect.poll(change, inTime).toBe('invalidated')
  const before = await world.outbox.pending(1_000) // the first changes may have been late
  pair.link.cut()
  expect(await change()).toBe('deferred')
  expect(await world.outbox.pending(1_000)).toHaveLength(before.length + 1)
  await expect(hearth.cache.leases.invalidate(worldId, [])).rejects.toThrow(/0 of 1 replicas had it|is away/)
  pair.link.mend()
  await expect
    .poll(() => hearth.cache.leases.invalidate(worldId, []).then(({ outcome }) => outcome, String), inTime)
    .toBe('invalidated')
})

test('a primary whose replica has gone, perhaps promoted, is not read from', async () => {
  const pair = await startPair()
  const { states, hearth } = await openGame(pair, { cacheReplicas: 1 })
  await pair.primary.replicaof('NO', 'ONE')
  await expect.poll(() => states.at(-1), inTime).toBe('away')
  expect(hearth.cache.breaker.reason).toMatchObject({ message: expect.stringMatching(/^0 of 1 replicas/) })
})
