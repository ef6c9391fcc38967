import { expect } from 'vitest'
import { slotOf } from '../../cache/slots.ts'
import { eventOf } from './append-world.ts'
import { startDirectRelay } from './direct-relay.ts'
import { hosts, type Node, shardOf, startCluster } from './many-redis.ts'
import { redisUrl } from './servers.ts'
import { fresh, openHearth, plantWorld } from './setup.ts'

const inTime = { timeout: 60_000, interval: 20 }
const primaries = 3

const keyOf = (worldId: string) => `lw:world:{${worldId}}:flags`
/** Of the cluster as it starts. */
const shardOfWorld = (worldId: string) => shardOf(slotOf(keyOf(worldId)))

/** Ids of worlds that one primary holds. */
function worldsOn(shard: number, count: number): string[] {
  const found: string[] = []
  while (found.length < count) {
    const id = fresh()
    if (shardOfWorld(id) === shard) found.push(id)
  }
  return found
}

/**
 * A game on a cluster that serves what it has though a primary is away, with two warm worlds on each primary. `ill` are those
 * of the first primary to get into trouble, which the cluster's own keys of old are on; `well` the others'.
 */
export async function startShardGame() {
  const { nodes } = await startCluster([
    ...['--cluster-require-full-coverage', 'no'],
    ...['--cluster-replica-no-failover', 'yes'],
    ...['--cluster-replica-validity-factor', '0'],
  ])
  const sick = shardOf(slotOf('lw:probe'))
  const all = [0, 1, 2].map(shard => worldsOn(shard, 2))
  const [ill, well] = [all[sick] as string[], all.filter((_, i) => i !== sick).flat()]
  const { hearth, world } = openHearth({ cache: `redis+cluster://${hosts(nodes)}`, queue: redisUrl() })
  for (const worldId of [...ill, ...well]) await plantWorld(world, worldId)

  let appended = 0
  const { cache } = hearth
  const key = (worldId: string) => cache.keys.version(worldId)
  const weatherOf = async (worldId: string) => (await hearth.flags(worldId))?.['weather']
  const trusts = (worldId: string) => cache.cacheState.trusts(key(worldId))
  /** How many of these worlds are not trusted, or are not read from the cache. A read that fails fails the test. */
  async function notServed(worldIds: readonly string[]): Promise<number> {
    let missed = 0
    for (const worldId of worldIds) {
      const before = world.loads
      await weatherOf(worldId)
      if (!trusts(worldId) || world.loads > before) missed += 1
    }
    return missed
  }
  const warm = () => expect.poll(() => notServed([...ill, ...well]), inTime).toBe(0)
  await warm()

  return {
    nodes,
    sick: nodes[sick] as Node,
    replica: nodes[sick + primaries] as Node,
    hearth,
    world,
    ill,
    well,
    key,
    trusts,
    weatherOf,
    notServed,
    warm,
    pendingOf: async () => new Set((await world.outbox.pending(1_000)).map(({ worldId }) => worldId)),
    /** Recorded with the source, and not reported. */
    async changeAlone(worldId: string, weather: string): Promise<void> {
      await world.setFlags(worldId, { weather })
      await world.outbox.record(worldId, [{ kind: 'flags-changed' }])
    },
    async change(worldId: string, weather: string): Promise<string> {
      await world.setFlags(worldId, { weather })
      return hearth.changed(worldId, [{ kind: 'flags-changed' }])
    },
    append: (worldId: string) => hearth.appendEvents(worldId, [eventOf(++appended)]),
    startRelay(): void {
      startDirectRelay({
        cache,
        outbox: world.outbox,
        isAway: worldId => !cache.cacheState.breakerOf(key(worldId)).closed,
      })
    },
  }
}
