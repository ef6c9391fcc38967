import { randomUUID } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { type Cache, type CacheOptions, createCache } from '../../cache/cache.ts'
import { connectCache } from '../../cache/connect.ts'
import type { HearthOptions } from '../../hearth/options.ts'
import type { Parts } from '../../hearth/parts.ts'
import type { QueuePlace } from '../../queues/connect.ts'
import { openStore, type QueueStore } from '../../queues/redis.ts'
import { type OpenedHearth, openedHearth } from '../../tools/opened-hearth.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'
import type { World } from '../../world/world.ts'
import { type HeldWorld, holdLoads } from './held-world.ts'
import { redisUrl } from './servers.ts'

/** An id that no other test uses: separate worlds and queue prefixes isolate tests on one Redis. */
export const fresh = (name = 'w') => `${name}-${randomUUID().slice(0, 13)}`

/** A cache of the run's Redis, closed when the test ends. */
export function openCache(options: Partial<CacheOptions> = {}): Cache {
  const cache = createCache({ redis: connectCache(redisUrl(), () => {}), ...options })
  onTestFinished(() => cache.close())
  return cache
}

/**
 * A hearth on one Redis, the run's by default, in front of an embedded world whose loads are counted and can be held.
 */
export function openHearth({
  redis = redisUrl(),
  ...options
}: Partial<HearthOptions> & { redis?: string } = {}): {
  hearth: OpenedHearth
  world: HeldWorld
  place: { address: string; prefix: string }
} {
  const world = holdLoads(embeddedWorld())
  const place = { address: redis, prefix: fresh('q') }
  const hearth = openedHearth({ cache: redis, queuePrefix: place.prefix, world, ...options })
  onTestFinished(() => hearth.close())
  return { hearth, world, place }
}

/** What rounds keep in the queues' Redis; closed when the test ends. */
export function openStoreAt(place: QueuePlace): QueueStore {
  const store = openStore(place)
  onTestFinished(() => store.redis.disconnect())
  return store
}

/** The hearth's queue of this name, as BullMQ has it. */
export function queueOf(
  { producer }: Pick<OpenedHearth, 'producer'>,
  name: string,
): Parts['producer']['queues'][number] {
  const queue = producer.queues.find(each => each.name === name)
  if (!queue) throw new Error(`the producer has no queue ${name}`)
  return queue
}

/** A world with some entities, `events` events on each of their timelines. */
export async function plantWorld(
  world: World,
  worldId: string,
  { entities = 3, events = 2 }: { entities?: number; events?: number } = {},
): Promise<string[]> {
  await world.saveSnapshot(worldId, { world_name: worldId })
  await world.setFlags(worldId, { weather: 'calm' })
  const ids = Array.from({ length: entities }, (_, i) => `c${i}`)
  await world.putEntities(
    worldId,
    ids.map(id => ({ type: 'character', id, name: `name of ${id}`, props: {} })),
  )
  await world.addEvents(
    worldId,
    ids.flatMap(id =>
      Array.from({ length: events }, (_, i) => ({
        event_id: `${id}-e${i}`,
        timestamp: `2026-01-01T00:00:${String(i).padStart(2, '0')}`,
        participants: [id],
      })),
    ),
  )
  return ids
}
