import { onTestFinished } from 'vitest'
import type { Cache } from '../../cache/cache.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { queues } from '../../jobs/queues.ts'
import { createProducer } from '../../queues/producer.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'
import type { Outbox } from '../../world/world.ts'
import { kinds } from './kinds.ts'
import { openRelay, outboxOf, type RelayParts } from './relay-parts.ts'
import { redisUrl } from './servers.ts'
import { fresh, openCache } from './setup.ts'

/** For `expect.poll`: long enough for a machine that is busy with other tests. */
export const inTime = { timeout: 15_000 }

/** A world with an outbox, its own queues, and a relay on demand. All of it is closed in the end. */
export function relaySetup({ outbox = embeddedWorld().outbox, queue = redisUrl() } = {}) {
  const cache = openCache()
  const worldId = fresh()
  const place = { address: queue, prefix: fresh('q') }
  const mine = outboxOf(outbox, worldId)
  const producer = createProducer({ ...place, queues })
  onTestFinished(() => producer.close())
  const [, invalidations] = producer.queues
  if (!invalidations) throw new Error('the producer has no queue of invalidations')

  return {
    cache,
    worldId,
    place,
    outbox: mine,
    invalidations,
    entries: entriesOf(cache, worldId, mine),

    startRelay(parts: Partial<RelayParts> = {}) {
      const opened = openRelay({ outbox: mine, cache, place, ...parts })
      onTestFinished(() => opened.close())
      return opened
    },

    async startWorkers() {
      const hearth = openedHearth({
        cache: redisUrl(),
        queue: place.address,
        queuePrefix: place.prefix,
        world: embeddedWorld(),
      })
      onTestFinished(() => hearth.close())
      const pool = await startPool({ ...place, deps: hearth.jobDeps() })
      onTestFinished(() => pool.close(1_000))
    },

    pending: async () => (await mine.pending(100_000)).length,
  }
}

/** Timelines that are cached, and changes of them that are recorded. */
function entriesOf(cache: Cache, worldId: string, outbox: Outbox) {
  const ids: string[] = []
  const keys = () => ids.map(id => cache.keys.entry(kinds.timeline, worldId, id).key)
  return {
    ids,
    /** Caches `count` more timelines, and records a change of each. Returns the ids of the records. */
    async plantAndRecord(count: number): Promise<string[]> {
      const added = Array.from({ length: count }, (_, i) => `c${ids.length + i}`)
      ids.push(...added)
      const recorded: string[] = []
      for (const some of inGroups(added, 20)) {
        await Promise.all(
          some.map(async id => {
            await cache.redis.set(cache.keys.entry(kinds.timeline, worldId, id).key, '["stale"]')
            recorded.push(await outbox.record(worldId, [{ kind: 'event-added', entityIds: [id] }]))
          }),
        )
      }
      return recorded
    },
    /** How many of the timelines are still as they were before their change. */
    async stale(): Promise<number> {
      return ids.length === 0 ? 0 : await cache.redis.exists(...keys())
    },
  }
}

function inGroups<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  )
}
