import { randomUUID } from 'node:crypto'
import { type Cache, createCache } from './cache/cache.ts'
import type { Target } from './cache/changes.ts'
import { type CacheAddress, connectCache } from './cache/connect.ts'
import type { Entry } from './cache/keys.ts'
import type { LivesOptions } from './cache/lives.ts'
import type { CacheObserver } from './cache/observer.ts'
import { type ChangedOptions, type ChangedOutcome, createChanges, type InvalidateResult } from './changed.ts'
import { HearthError } from './errors.ts'
import type { Change } from './queues/changes.ts'
import type { QueueAddress } from './queues/connect.ts'
import { createPoker } from './queues/poke.ts'
import { createProducer, type JobRef, type Producer } from './queues/producer.ts'
import { createLoads } from './world/loads.ts'
import type { WriteThrough } from './world/outbox.ts'
import type { Entity, EntityRef, Flags, Snapshot, TimelineEvent, World } from './world/world.ts'

export interface HearthOptions {
  /** The cache's Redis: a URL, ioredis options, or cluster nodes. */
  cache: CacheAddress
  /** The queues' Redis (`noeviction`): a URL or ioredis options. Default: the cache's. */
  queue?: QueueAddress
  /** What all keys of the queues begin with. Default `hearth`. */
  queuePrefix?: string
  /** The truth. */
  world: World
  /** How many of an entity's newest events are kept warm. Default 50. */
  topK?: number
  lives?: LivesOptions
  /** How long a load may take before another may start one. Milliseconds, default 10,000. */
  leaseMs?: number
  /** World ids in braces, for a Redis Cluster. Default: where the cache is one. */
  cluster?: boolean
  observer?: CacheObserver
  /** Hears of lost connections, which mend themselves. */
  onTrouble?(error: Error): void
}

/** What a game backend does with its living worlds. Every error is a `HearthError`. */
export interface Hearth {
  /** `null` for a world that does not exist. */
  flags(worldId: string): Promise<Flags | null>
  snapshot(worldId: string): Promise<Snapshot | null>
  /** `null` for an entity that does not exist, or is private. */
  entity(worldId: string, ref: EntityRef): Promise<Entity | null>
  /** In the order of `refs`. */
  entities(worldId: string, refs: readonly EntityRef[]): Promise<(Entity | null)[]>
  /** The newest events, newest first; none for an entity that does not exist. `limit` is at most `topK`. */
  timeline(worldId: string, entityId: string, options?: { limit?: number }): Promise<TimelineEvent[]>
  timelines(
    worldId: string,
    entityIds: readonly string[],
    options?: { limit?: number },
  ): Promise<Map<string, TimelineEvent[]>>

  /** The world is played from now on: warms it. */
  activated(worldId: string): Promise<JobRef>
  /** Warms a world; with `force` what is warm already is loaded anew. */
  warm(worldId: string, options?: { force?: boolean }): Promise<JobRef>

  /**
   * What the backend did to Neo4j itself, after its commit: readers see it from now on. `deferred` where the cache's
   * Redis is away: then the change was recorded, and readers see it when it has been relayed. Rejects only where
   * neither was possible.
   */
  changed(worldId: string, changes: readonly Change[], options?: ChangedOptions): Promise<ChangedOutcome>
  /** After a commit with `recordChanges` that nobody tells `changed` of: has it relayed now, not within 200 ms. */
  poke(): void
  /** Makes single values stale, or with `all` everything that is cached of the world. */
  invalidate(worldId: string, targets: readonly Target[] | 'all'): Promise<InvalidateResult>

  /** Merges into the world's flags, in Neo4j first; `null` removes a flag. Returns all flags. */
  setFlags(worldId: string, patch: Flags): Promise<Flags>
  /** Writes fields of the world's snapshot, in Neo4j first. Returns all of it. */
  saveSnapshot(worldId: string, snapshot: Partial<Snapshot>): Promise<Snapshot>

  /** Raised by every change and write; null before the first. */
  version(worldId: string): Promise<number | null>
  /** Several reads of a world that all belong to one version. Called again where the version moved meanwhile. */
  consistent<T>(worldId: string, read: () => Promise<T>): Promise<T>

  /** Resolves when every job that makes sure of a change said so far is stored, or could not be. */
  settled(): Promise<void>

  readonly cache: Cache
  readonly producer: Producer
  /** Closes the connections, the world's too. Safe twice. */
  close(): Promise<void>
}

export const defaultTopK = 50

export function createHearth({
  cache: cacheAddress,
  queue = queueBeside(cacheAddress),
  queuePrefix,
  world,
  topK = defaultTopK,
  onTrouble = () => {},
  ...cacheOptions
}: HearthOptions): Hearth {
  const cache = createCache({ redis: connectCache(cacheAddress, onTrouble), ...cacheOptions })
  const place = { address: queue, onTrouble, ...(queuePrefix !== undefined && { prefix: queuePrefix }) }
  const producer = createProducer(place)
  const poker = createPoker(place)
  const { keys, reader } = cache
  const loads = createLoads({ world, topK })
  const changes = createChanges({ cache, producer, outbox: world.outbox, poke: poker.poke, onTrouble })

  function checkLimit({ limit = topK }: { limit?: number } = {}): number {
    if (Number.isInteger(limit) && limit >= 1 && limit <= topK) return limit
    throw new HearthError(
      'InvalidInput',
      `limit must be a whole number from 1 to ${topK} (topK), got ${limit}`,
    )
  }

  /** The change is recorded with the truth, so that no crash can lose it; where the cache has it, that is noted. */
  async function writeThrough<T>(
    worldId: string,
    entry: Entry,
    change: Change,
    commit: (through: WriteThrough) => Promise<T>,
  ): Promise<T> {
    const id = randomUUID()
    const written = await cache.writer.write(entry, beforeCommit =>
      commit({ outbox: { id, changes: [change] }, beforeCommit }),
    )
    if (written.cache === 'deferred') poker.poke()
    else await cache.confirmations.note(worldId, id).catch(onTrouble)
    return written.value
  }

  const newest = (events: TimelineEvent[] | null, limit: number) =>
    events && events.length > limit ? events.slice(0, limit) : (events ?? [])

  let closing: Promise<void> | undefined
  return {
    cache,
    producer,

    flags: async worldId => reader.read(keys.flags(worldId), loads.flags(worldId)),
    snapshot: async worldId => reader.read(keys.snapshot(worldId), loads.snapshot(worldId)),
    entity: async (worldId, ref) => reader.read(keys.entity(worldId, ref), loads.entities(worldId, [ref])),

    entities: async (worldId, refs) =>
      reader.readMany(
        refs.map(ref => keys.entity(worldId, ref)),
        loads.entities(worldId, refs),
      ),

    async timeline(worldId, entityId, options) {
      const limit = checkLimit(options)
      const events = await reader.read(keys.timeline(worldId, entityId), loads.timelines(worldId, [entityId]))
      return newest(events, limit)
    },

    async timelines(worldId, entityIds, options) {
      const limit = checkLimit(options)
      const ids = [...new Set(entityIds)]
      const found = await reader.readMany(
        ids.map(id => keys.timeline(worldId, id)),
        loads.timelines(worldId, ids),
      )
      return new Map(ids.map((id, i) => [id, newest(found[i] ?? null, limit)]))
    },

    activated: worldId => producer.warm(worldId),
    warm: (worldId, options) => producer.warm(worldId, options),

    changed: changes.changed,
    poke: poker.poke,
    invalidate: changes.invalidate,

    setFlags: (worldId, patch) =>
      writeThrough(worldId, keys.flags(worldId), { kind: 'flags-changed' }, through =>
        world.setFlags(worldId, patch, through),
      ),
    saveSnapshot: (worldId, snapshot) =>
      writeThrough(worldId, keys.snapshot(worldId), { kind: 'snapshot-changed' }, through =>
        world.saveSnapshot(worldId, snapshot, through),
      ),

    settled: changes.idle,
    version: worldId => cache.versions.of(worldId),
    consistent: (worldId, read) => cache.versions.consistent(worldId, read),

    close() {
      closing ??= changes
        .idle()
        .then(() => Promise.all([cache.close(), producer.close(), poker.close(), world.close()]))
        .then(() => {})
      return closing
    },
  }
}

function queueBeside(cache: CacheAddress): QueueAddress {
  if (typeof cache === 'string') return cache
  if ('cluster' in cache) {
    throw new HearthError(
      'InvalidInput',
      'queue must be given where the cache is a cluster: a URL or ioredis options',
    )
  }
  return cache as QueueAddress
}
