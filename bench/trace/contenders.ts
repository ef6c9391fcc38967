import type { Redis } from 'ioredis'
import type { StartedNeo4j } from '../../tools/servers/neo4j.ts'
import type { World } from '../../world/world.ts'
import type { Bench } from '../bench.ts'
import { counted } from './counted.ts'
import { openHearth } from './hearth.ts'
import { openLazy } from './lazy.ts'
import { policy, prune, rate, roundMs, timelineMs } from './pace.ts'
import { outcome, type Replayed, type ReplayOptions, replay } from './replay.ts'

export interface ReplayedWorld {
  cache: string
  queue: string
  neo4j: StartedNeo4j
  world: World
  worldId: string
  /** Of the entities, by the rank of their keys. */
  ids: readonly string[]
}

const floorReads = 4_000

/** The recorded reads, replayed on a plain lazy cache and on Hearth. */
export function contendersOf(
  bench: Bench,
  { cache, queue, neo4j, world, worldId, ids }: ReplayedWorld,
  { reads, from }: Pick<ReplayOptions, 'reads' | 'from'>,
) {
  let loaded = 0
  const watched = counted(world, entities => {
    loaded += entities
  })
  const idOf = (rank: number) => ids[rank] as string
  const paced = (options: Pick<ReplayOptions, 'read' | 'loaded'>) =>
    replay({ reads, rate, ...(from !== undefined && { from }), ...options })

  return {
    async lazy(): Promise<Replayed> {
      const contender = await openLazy(bench, { cache, world: watched, worldId, timelineMs })
      const found = await paced({ read: rank => contender.read(idOf(rank)), loaded: () => loaded })
      await contender.close()
      return found
    },

    async hearth(): Promise<Replayed> {
      const place = { address: queue, prefix: `bench-${Date.now()}` }
      const args = { cache, queue: place, neo4j, policy, roundMs, prune }
      const contender = await openHearth(bench, { ...args, world: watched, worldId })
      const found = await paced({
        read: rank => contender.read(idOf(rank)),
        loaded: () => loaded + contender.loaded(),
      })
      await contender.close()
      return found
    },
  }
}

/** The floor: each read is one GET that hits. */
export async function replayFloor(
  redis: Redis,
  events: unknown,
  reads: readonly number[],
): Promise<Replayed> {
  await redis.set('floor', JSON.stringify(events))
  const read = async () => {
    const current = outcome.getStore()
    if (current) current.hit = true
    return JSON.parse((await redis.get('floor')) ?? '')
  }
  return replay({ reads: reads.slice(0, floorReads), rate, read })
}
