import type { Cache } from '../cache/cache.ts'
import { wrong } from '../model/arguments.ts'
import { entity, flags, snapshot, timeline } from '../model/built-in-kinds.ts'
import { HearthError } from '../model/errors.ts'
import type { Item, Kind, Per } from '../model/kind.ts'
import type { Entity, EntityRef, Flags, Snapshot, TimelineEvent } from '../model/world-data.ts'
import { abortable } from '../resilience/abortable.ts'
import type { Loads } from '../world/loads.ts'

export interface ReadOptions {
  /**
   * Numbers that JavaScript would write with other digits than they have in the source (`9007199254740993`, `1.0`) are
   * `ExactNumber`s, for what writes them out again, as the HTTP API does. Default false: all numbers are plain.
   */
  exactNumbers?: boolean
  /** Ends the waiting: the read rejects with `Aborted`. */
  signal?: AbortSignal
}

export interface LimitedReadOptions extends ReadOptions {
  /** Of a list: how many of its first items; of events at most `topK`. Default: all. */
  limit?: number
}

/** What a game reads. Every value is the caller's own. */
export interface Reads {
  /** `null` for a world that does not exist. */
  flags(worldId: string, options?: ReadOptions): Promise<Flags | null>
  snapshot(worldId: string, options?: ReadOptions): Promise<Snapshot | null>
  /** `null` for an entity that does not exist, or is private. */
  entity(worldId: string, ref: EntityRef, options?: ReadOptions): Promise<Entity | null>
  /** In the order of `refs`. */
  entities(worldId: string, refs: readonly EntityRef[], options?: ReadOptions): Promise<(Entity | null)[]>
  /** The newest events, newest first; none for an entity that does not exist. `limit` is at most `topK`. */
  timeline(worldId: string, entityId: string, options?: LimitedReadOptions): Promise<TimelineEvent[]>
  timelines(
    worldId: string,
    entityIds: readonly string[],
    options?: LimitedReadOptions,
  ): Promise<Map<string, TimelineEvent[]>>

  /** One value of any kind; what the kind says of `missing` for what does not exist. Throws `UnknownKind`. */
  read<Value>(kind: Kind<Value, 'world'>, worldId: string, options?: ReadOptions): Promise<Value | null>
  read<Value, P extends 'entity' | 'typed-entity'>(
    kind: Kind<Value, P>,
    worldId: string,
    item: Item<P>,
    options?: LimitedReadOptions,
  ): Promise<Value | null>
  /** Many of one kind, in the order of `items`, by one MGET, and one load for all that it missed. */
  readMany<Value, P extends 'entity' | 'typed-entity'>(
    kind: Kind<Value, P>,
    worldId: string,
    items: readonly Item<P>[],
    options?: LimitedReadOptions,
  ): Promise<(Value | null)[]>
}

/** Stands around each read, as tracing does. */
export type AroundRead = <T>(
  read: { kind: Kind; worldId: string; isBatch: boolean },
  work: () => Promise<T>,
) => Promise<T>

export interface ReadsDeps {
  cache: Pick<Cache, 'keys' | 'read' | 'exactRead'>
  loads: Loads
  topK: number
  /** Counts a read of an entity's value. */
  count(worldId: string, entityId: string): void
  around?: AroundRead | undefined
}

export function createReads({
  cache: { keys, read, exactRead },
  loads,
  topK,
  count,
  around = (_read, work) => work(),
}: ReadsDeps): Reads {
  const { kinds } = keys
  const limits = { topK }
  const readBy = ({ exactNumbers }: ReadOptions) => (exactNumbers ? exactRead : read)

  async function readOne<V>(kind: Kind<V>, worldId: string, item: Item, options: LimitedReadOptions = {}) {
    requireKind(kind)
    const limit = limitOf(kind, options, limits)
    const entry = keys.entry(kind, worldId, item)
    const work = () => readBy(options).one(entry, loads.of(kind, worldId))
    const value = await around({ kind, worldId, isBatch: false }, () => abortable(options.signal, work))
    if (kind.counted && value !== null) count(worldId, item as string) // what does not exist becomes no popular entity
    return handedOut(kind, value, limit)
  }

  async function readSeveral<V>(
    kind: Kind<V>,
    worldId: string,
    items: readonly Item[],
    options: LimitedReadOptions = {},
  ) {
    requireKind(kind)
    const limit = limitOf(kind, options, limits)
    const entries = items.map(item => keys.entry(kind, worldId, item))
    const work = () => readBy(options).many(entries, loads.of(kind, worldId))
    const values = await around({ kind, worldId, isBatch: true }, () => abortable(options.signal, work))
    if (kind.counted) {
      items.forEach((item, i) => {
        if (values[i] != null) count(worldId, item as string)
      })
    }
    return values.map(value => handedOut(kind, value, limit))
  }

  function requireKind(kind: Kind): void {
    if (kinds.named(kind.name) === kind) return
    throw new HearthError(
      'UnknownKind',
      `the kind ${kind.name} is declared twice: give createHearth the one that is read, in kinds`,
    )
  }

  /** The built-in kind, or the game's own in its place. */
  const here = <V>({ name }: Kind<V>): Kind<V> => kinds.named(name) as Kind<V>

  return {
    flags: (worldId, options) => readOne(here(flags), worldId, null, options),
    snapshot: (worldId, options) => readOne(here(snapshot), worldId, null, options),
    entity: (worldId, ref, options) => readOne(here(entity), worldId, ref, options),
    entities: (worldId, refs, options) => readSeveral(here(entity), worldId, refs, options),
    timeline: async (worldId, entityId, options) =>
      (await readOne(here(timeline), worldId, entityId, options)) as TimelineEvent[],
    async timelines(worldId, entityIds, options) {
      const ids = [...new Set(entityIds)]
      const found = await readSeveral(here(timeline), worldId, ids, options)
      return new Map(ids.map((id, i) => [id, found[i] as TimelineEvent[]]))
    },
    read: <V>(kind: Kind<V>, worldId: string, ...[first, second]: unknown[]) =>
      kind.per === 'world'
        ? readOne(kind, worldId, null, (second ?? first ?? {}) as ReadOptions)
        : readOne(kind, worldId, first as Item, second as LimitedReadOptions),
    readMany: <V, P extends Per>(
      kind: Kind<V, P>,
      worldId: string,
      items: readonly Item<P>[],
      options?: LimitedReadOptions,
    ) => readSeveral(kind, worldId, items, options),
  }
}

/** How many items of a list are handed out; undefined for all. */
function limitOf(kind: Kind, { limit }: LimitedReadOptions, { topK }: { topK: number }): number | undefined {
  if (limit === undefined) return undefined
  if (kind.limited && Number.isInteger(limit) && limit >= 1 && limit <= topK) return limit
  throw wrong(
    'limit',
    kind.limited ? `must be a whole number from 1 to ${topK} (topK)` : `is not for ${kind.name}`,
    limit,
  )
}

function handedOut<V>(kind: Kind<V>, value: V | null | undefined, limit: number | undefined): V | null {
  if (value == null) return structuredClone(kind.missing)
  if (limit === undefined || !Array.isArray(value) || value.length <= limit) return value
  return value.slice(0, limit) as V
}
