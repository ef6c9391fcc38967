import { entityRef as requireEntityRef } from '../model/arguments.ts'
import { encodeId } from '../model/ids.ts'
import type { Item, Kind } from '../model/kind.ts'
import { createKinds, type Kinds } from '../model/kinds.ts'
import type { EntityRef, Target } from '../model/world-data.ts'

/** One cached value and the lease that guards it. */
export interface Entry {
  readonly kind: Kind
  readonly worldId: string
  readonly item: Item
  readonly key: string
  readonly lease: string
}

/** Every Redis key that Hearth uses in the cache, and nothing else makes one. */
export interface Keys {
  /** What all of them begin with. */
  readonly root: string
  readonly kinds: Kinds
  /** Throws `InvalidInput` for what is no id. */
  entry(kind: Kind, worldId: string, item: Item): Entry
  /** The entry that a target names. Throws as `entry` does, and `UnknownKind`. */
  entryOf(worldId: string, target: Target): Entry
  /** Integer, raised by every invalidation. */
  version(worldId: string): string
  /** Sorted set: bookmark of the source's, when it came (microseconds since 1970); see keep-bookmarks.lua. */
  bookmarks(worldId: string): string
  /** Stands for a while after a recorded change was invalidated directly, so that the relay need not do it again. */
  confirmed(worldId: string, outboxId: string): string
  /** Integer: how many entries the world has when it is wholly warm. */
  expectedEntries(worldId: string): string
  /** Sorted set: what follows the prefix in each entry's key, when the entry and its lease have ended (µs since 1970). */
  index(worldId: string): string
  /** Sorted set: entity id, how often it is read. */
  popularity(worldId: string): string
  /** Sorted set: world id, when it was last activated or read (ms since 1970). */
  readonly activeWorlds: string
  /** Sorted set: world id, when it was last deactivated (ms since 1970). */
  readonly deactivatedWorlds: string
  /** Sorted set: world id, when its popularity was last decayed (ms since 1970). */
  readonly countedWorlds: string
  /** Integer: since when all entries are in their world's index (ms since 1970); 0 where there were none before. */
  readonly indexedSince: string
  /** What all keys of one world begin with, and no key of another world does. */
  worldPrefix(worldId: string): string
}

/**
 * `cluster`: on a Redis Cluster a world's id stands in literal braces, so that all its keys share a slot. `fleet`: its name
 * is in all keys, so that fleets on one Redis do not meet.
 */
export function createKeys({
  cluster = false,
  kinds = createKinds(),
  fleet,
}: {
  cluster?: boolean
  kinds?: Kinds
  fleet?: string | undefined
} = {}): Keys {
  const root = fleet === undefined ? 'lw' : `lw-${fleet}`
  /** One call makes several keys of one world, and a batch hundreds. */
  let latest: { worldId: string; prefix: string } | undefined
  const world = (worldId: string) => {
    if (latest === undefined || worldId !== latest.worldId) {
      const id = encodeId(worldId, 'worldId')
      latest = { worldId, prefix: cluster ? `${root}:world:{${id}}` : `${root}:world:${id}` }
    }
    return latest.prefix
  }
  const entry = (kind: Kind, worldId: string, item: Item): Entry => {
    const key = `${world(worldId)}:${kind.key(encoded(kind, item))}`
    return { kind, worldId, item, key, lease: `${key}:lease` }
  }

  return {
    root,
    kinds,
    entry,
    entryOf(worldId, target) {
      const { kind, item } = kinds.resolve(target)
      return entry(kind, worldId, item)
    },
    version: worldId => `${world(worldId)}:ver`,
    bookmarks: worldId => `${world(worldId)}:commits`,
    confirmed: (worldId, outboxId) => `${world(worldId)}:confirmed:${encodeId(outboxId, 'outboxId')}`,
    expectedEntries: worldId => `${world(worldId)}:due`,
    index: worldId => `${world(worldId)}:index`,
    popularity: worldId => `${world(worldId)}:popularity`,
    activeWorlds: `${root}:worlds:active`,
    deactivatedWorlds: `${root}:worlds:deactivated`,
    countedWorlds: `${root}:worlds:counted`,
    indexedSince: `${root}:worlds:indexed`,
    worldPrefix: worldId => `${world(worldId)}:`,
  }
}

/** An item as its kind's key has it. Throws `InvalidInput` for what is no item of the kind. */
function encoded({ per }: Kind, item: unknown): Item {
  if (per === 'world') return null
  if (per === 'entity') return encodeId(item as string, 'entityId')
  requireEntityRef(item, 'ref')
  const { type, id } = item as EntityRef
  return { type, id: encodeId(id, `${type} id`) }
}
