import neo4j from 'neo4j-driver'
import { expect, onTestFinished, test } from 'vitest'
import { countEntries } from '../../cache/census.ts'
import { recordChanges } from '../../index.ts'
import type { RecordedTarget } from '../../queues/recorded.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import { openWay } from '../chaos/proxy.ts'
import { kinds } from '../support/kinds.ts'
import { openRelay } from '../support/relay-parts.ts'
import { inTime } from '../support/relay-setup.ts'
import { neo4jAuth, redisUrl } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'

const freshFleet = () => fresh('fleet').replaceAll('-', '_')

/** A fleet's hearth, whose connection to its cache can be cut, in front of the Neo4j that all fleets have. */
async function openFleet(database: number, fleet = freshFleet()) {
  const way = await openWay(`${redisUrl()}/${database}`)
  onTestFinished(way.close)
  const world = neo4jWorld({ ...neo4jAuth(), fleet })
  const place = { address: redisUrl(), prefix: fresh('q') }
  const hearth = openedHearth({
    cache: way.url,
    queue: place.address,
    queuePrefix: place.prefix,
    near: false,
    world,
  })
  onTestFinished(() => hearth.close())
  await hearth.cache.ping()
  return {
    fleet,
    world,
    hearth,
    way,
    startRelay() {
      const { cache } = hearth
      const overrides = {
        async deliver(recorded: readonly RecordedTarget[]) {
          for (const { worldId, target } of recorded)
            await cache.leases.invalidate(worldId, [cache.keys.entryOf(worldId, target)])
          return recorded
        },
      }
      const relay = openRelay({ outbox: world.outbox, cache, place, overrides })
      onTestFinished(() => relay.close())
    },
    pending: async () => (await world.outbox.backlog()).pending,
    ids: async () => (await world.outbox.pending(1_000)).map(({ id }) => id),
  }
}

test("two fleets on one Neo4j: a relay leaves the other fleet's changes, and that one trusts its cache after its own", async () => {
  const [one, other] = [await openFleet(11), await openFleet(12)]
  const worldId = fresh()
  await one.world.saveSnapshot(worldId, {})
  await one.hearth.setFlags(worldId, { weather: 'calm' })
  const { cache } = other.hearth
  const { key } = cache.keys.entry(kinds.flags, worldId, null)
  const flags = () => other.hearth.flags(worldId)
  await expect.poll(() => flags().then(() => cache.redis.exists(key)), inTime).toBe(1)

  other.way.become({ kind: 'cut' })
  const state = () => cache.cacheState.current
  await expect.poll(state, inTime).toBe('away')
  await other.world.setFlags(worldId, { weather: 'storm' })
  expect(await other.hearth.changed(worldId, [{ kind: 'flags-changed' }])).toBe('deferred')
  one.startRelay()
  await expect.poll(one.pending, inTime).toBe(0)
  expect(await other.pending(), 'the relay of the first fleet has left it').toBe(1)

  other.way.become({ kind: 'clear' })
  await expect.poll(state, inTime).toBe('catching-up')
  other.startRelay()
  await expect.poll(state, inTime).toBe('trusted')
  expect(await other.pending()).toBe(0)
  expect(await flags()).toEqual({ weather: 'storm' })
})

test('two fleets on one Redis cache a world of the same id each for itself', async () => {
  const [one, other] = [await openFleet(13), await openFleet(13)]
  const worldId = fresh()
  await one.world.saveSnapshot(worldId, {})
  await one.hearth.setFlags(worldId, { weather: 'calm' })
  const entries = ({ hearth: { cache } }: typeof one) => countEntries(cache, worldId)
  expect([await entries(one), await entries(other)]).toEqual([1, 0])
  await other.hearth.snapshot(worldId)
  await other.hearth.flags(worldId)
  await expect.poll(() => entries(other), inTime).toBe(2)
  await one.hearth.invalidate(worldId, 'all')
  expect([await entries(one), await entries(other)]).toEqual([0, 2])
  expect(await one.hearth.cache.redis.keys(`lw:*${worldId}*`)).toEqual([])
})

test("a game's own transaction names the fleet, or has it from the world; nodes without one are of the fleet without a name", async () => {
  const { fleet, world, ids } = await openFleet(11)
  const nameless = neo4jWorld(neo4jAuth())
  onTestFinished(() => nameless.close())
  const driver = neo4j.driver(neo4jAuth().uri, neo4j.auth.basic(neo4jAuth().user, neo4jAuth().password))
  onTestFinished(() => driver.close())
  const session = driver.session()
  const worldId = fresh()
  const changes = [{ kind: 'flags-changed' }] as const
  const [named, bound, without] = await session.executeWrite(async tx => [
    await recordChanges(tx, worldId, changes, { fleet }),
    await world.recordChanges(tx, worldId, changes),
    await recordChanges(tx, worldId, changes),
  ])
  const labels = await session.run('MATCH (o {world_id: $worldId}) RETURN o.id AS id, labels(o) AS labels', {
    worldId,
  })
  await session.close()
  expect(new Map(labels.records.map(row => [row.get('id'), row.get('labels')]))).toEqual(
    new Map([
      [named, [`CacheOutbox_${fleet}`]],
      [bound, [`CacheOutbox_${fleet}`]],
      [without, ['CacheOutbox']],
    ]),
  )
  expect(new Set(await ids())).toEqual(new Set([named, bound]))
  expect((await nameless.outbox.pending(100_000)).map(({ id }) => id)).toContain(without)

  const nodes = await world.outbox.pending(1_000)
  await world.outbox.setAside(nodes, 'for the test')
  expect(await ids()).toEqual([])
  const refused = `MATCH (o:CacheOutboxRefused_${fleet}) DELETE o RETURN o`
  expect((await driver.executeQuery(refused)).records).toHaveLength(2)
  await nameless.outbox.remove((await nameless.outbox.pending(100_000)).filter(({ id }) => id === without))
})
