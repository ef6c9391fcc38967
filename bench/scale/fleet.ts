import type { Cache } from '../../cache/cache.ts'
import { openStore, type QueueStore } from '../../queues/redis.ts'
import { type OpenedHearth, openedHearth } from '../../tools/opened-hearth.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'
import type { Bench } from '../bench.ts'
import { openRedis } from '../servers.ts'
import { fillWorlds, spreadLives } from './fill.ts'

export const entitiesOfWorld = 100
/** A world of its own size beside the others, whose number does not matter to a walk through it. */
export const walked = { worldId: 'walked', entities: 1_000 }

/** Active worlds of 100 popular timelines each, in a cache and queues of their own. */
export interface Fleet {
  hearth: OpenedHearth
  cache: Cache
  store: QueueStore
  servers: { cache: string; queue: string }
  worldIds: string[]
  /** Adds worlds up to this number. */
  growTo(worlds: number): Promise<void>
  /** Gives all entries the lives that they have before a round. */
  spread(): Promise<void>
}

export async function openFleet(bench: Bench): Promise<Fleet> {
  const servers = { cache: await openRedis(bench, 'cache'), queue: await openRedis(bench, 'queue') }
  const world = embeddedWorld()
  const hearth = openedHearth({ cache: servers.cache, queue: servers.queue, world, readCounts: false })
  await bench.closing.opened('hearth', () => hearth.close())
  const store = openStore({ address: servers.queue, prefix: 'bench' })
  await bench.closing.opened("the rounds' store", async () => store.redis.disconnect())
  const { cache } = hearth
  await cache.index.isWhole() // an empty Redis: from now on the indexes are
  await fillWorlds(cache, [walked.worldId], idsOf(walked.entities))
  const ids = idsOf(entitiesOfWorld)
  const worldIds: string[] = []
  return {
    hearth,
    cache,
    store,
    servers,
    worldIds,
    async growTo(worlds) {
      const added = Array.from({ length: worlds - worldIds.length }, (_, i) => `w${worldIds.length + i}`)
      await fillWorlds(cache, added, ids)
      worldIds.push(...added)
      await noteReads(store, worldIds)
    },
    spread: () => spreadLives(cache, worldIds, ids),
  }
}

const idsOf = (count: number): string[] => Array.from({ length: count }, (_, i) => `c${i}`)

/** As if each world was read in each of the last minutes, as the overview shows them. */
async function noteReads({ redis, prefix }: QueueStore, worldIds: readonly string[]): Promise<void> {
  const minute = Math.floor(Date.now() / 60_000)
  const reads = worldIds.flatMap((worldId, i) => [1 + (i % 1_000), worldId])
  for (let ago = 0; ago < 30; ago++) await redis.zadd(`${prefix}:reads:${minute - ago}:worlds`, ...reads)
}
