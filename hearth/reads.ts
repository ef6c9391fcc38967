import type { Cache } from '../cache/cache.ts'
import type { NearRead } from '../cache/near/near-reads.ts'
import { wrong } from '../model/arguments.ts'
import { entity, flags, snapshot, timeline } from '../model/built-in-kinds.ts'
import { HearthError } from '../model/errors.ts'
import type { Immutable } from '../model/immutable.ts'
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
  /**
   * How old an answer from this process's memory may be. Default: `near.maxStaleMs` of the hearth, which is 0, as fresh as a
   * GET, unless it was set. Milliseconds.
   */
  maxStaleMs?: number
}

export interface LimitedReadOptions extends ReadOptions {
  /** Of a list: how many of its first items; of events at most `topK`. Default: all. */
  limit?: number
}

/** What a game reads. Readers share values, so none of them may change one: with a near cache they are frozen. */
export interface Reads {
  /** `null` for a world that does not exist. */
  flags(worldId: string, options?: ReadOptions): Promise<Immutable<Flags> | null>
  snapshot(worldId: string, options?: ReadOptions): Promise<Immutable<Snapshot> | null>
  /** `null` for an entity that does not exist, or is private. */
  entity(worldId: string, ref: EntityRef, options?: ReadOptions): Promise<Immutable<Entity> | null>
  /** In the order of `refs`. */
  entities(
    worldId: string,
    refs: readonly EntityRef[],
    options?: ReadOptions,
  ): Promise<(Immutable<Entity> | null)[]>
  /** The newest events, newest first; none for an entity that does not exist. `limit` is at most `topK`. */
  timeline(
    worldId: string,
    entityId: string,
    options?: LimitedReadOptions,
  ): Promise<Immutable<TimelineEvent[]>>
  timelines(
    worldId: string,
    entityIds: readonly string[],
    options?: LimitedReadOptions,
  ): Promise<Map<string, Immutable<TimelineEvent[]>>>

  /** One value of any kind; what the kind says of `missing` for what does not exist. Throws `UnknownKind`. */
  read<Value>(
    kind: Kind<Value, 'world'>,
    worldId: string,
    options?: ReadOptions,
  ): Promise<Immutable<Value> | null>
  read<Value, P extends 'entity' | 'typed-entity'>(
    kind: Kind<Value, P>,
    worldId: string,
    item: Item<P>,
    options?: LimitedReadOptions,
  ): Promise<Immutable<Value> | null>
  /** Many of one kind, in the order of `items`, by one MGET, and one load for all that it missed. */
  readMany<Value, P extends 'entity' | 'typed-entity'>(
    kind: Kind<Value, P>,
    worldId: string,
    items: readonly Item<P>[],
    options?: LimitedReadOptions,
  ): Promise<(Immutable<Value> | null)[]>
}

/** Stands around each read, as tracing does. */
export type AroundRead = <T>(
  read: { kind: Kind; worldId: string; isBatch: boolean },
  work: () => Promise<T>,
) => Promise<T>

export interface ReadsDeps {
  cache: Pick<Cache, 'keys' | 'read' | 'exactRead' | 'nearReads' | 'readCounts'>
  loads: Loads
  topK: number
  around?: AroundRead | undefined
}

interface Around {
  isBatch: boolean
  signal: AbortSignal | undefined
}

/** Of what entries are read, and how. */
interface Query<V = unknown> extends NearRead {
  kind: Kind<V>
  /** How many items of a list are handed out; undefined for all. */
  limit: number | undefined
}

export function createReads({ cache, loads, topK, around }: ReadsDeps): Reads {
  const { keys, read, exactRead, nearReads, readCounts } = cache
  const { kinds } = keys
  const limits = { topK }
  const noOptions: LimitedReadOptions = {}

  const readIn = ({ form }: NearRead) => (form === 'exact' ? exactRead : read)

  const queryOf = <V>(kind: Kind<V>, worldId: string, options: LimitedReadOptions): Query<V> => ({
    kind,
    worldId,
    form: options.exactNumbers ? 'exact' : 'plain',
    maxStaleMs: options.maxStaleMs,
    limit: limitOf(kind, options, limits),
  })

  const foundOne = <V>(query: Query<V>, item: Item, unanswered?: Error): Promise<V | null> => {
    const { kind, worldId } = query
    return readIn(query).one(keys.entry(kind, worldId, item), loads.of(kind, worldId), unanswered)
  }

  /** What does not exist becomes no popular entity. */
  function count({ kind, worldId }: Query, item: Item, value: unknown): void {
    if (kind.counted && value != null) readCounts.count(worldId, item as string)
  }

  /** Past what is near. */
  async function farOne<V>(query: Query<V>, item: Item, unanswered?: Error): Promise<V | null> {
    const value = await foundOne(query, item, unanswered)
    count(query, item, value)
    return value
  }

  /** The same, handed out at once. */
  async function onlyFarOne<V>(query: Query<V>, item: Item): Promise<Immutable<V> | null> {
    const value = await foundOne(query, item)
    count(query, item, value)
    return handedOut(query, value)
  }

  async function farMany<V>(
    query: Query<V>,
    items: readonly Item[],
    unanswered?: Error,
  ): Promise<(V | null)[]> {
    const { kind, worldId } = query
    const entries = items.map(item => keys.entry(kind, worldId, item))
    const values = await readIn(query).many(entries, loads.of(kind, worldId), unanswered)
    for (const [i, item] of items.entries()) count(query, item, values[i])
    return values
  }

  const how = { far: farOne, handOut: handedOut }
  const one = <V>(query: Query<V>, item: Item): Promise<Immutable<V> | null> =>
    nearReads ? nearReads.one<Query<V>, V, Immutable<V> | null>(query, item, how) : onlyFarOne(query, item)

  async function many<V>(query: Query<V>, items: readonly Item[]): Promise<(Immutable<V> | null)[]> {
    const values = await (nearReads ? nearReads.many(query, items, farMany) : farMany(query, items))
    return values.map(value => handedOut(query, value))
  }

  /** In a span, and until the signal is aborted. */
  function within<T>({ kind, worldId }: NearRead, { isBatch, signal }: Around, work: () => Promise<T>) {
    const waiting = () => abortable(signal, work)
    return around ? around({ kind, worldId, isBatch }, waiting) : waiting()
  }

  const oneWithin = <V>(query: Query<V>, item: Item, signal: AbortSignal | undefined) =>
    within(query, { isBatch: false, signal }, () => one(query, item))

  // Neither async nor with a closure: see `NearReads.one`.
  function readOne<V>(kind: Kind<V>, worldId: string, item: Item, options = noOptions) {
    const query = queryOf(kind, worldId, options)
    return around || options.signal ? oneWithin(query, item, options.signal) : one(query, item)
  }

  function readSeveral<V>(kind: Kind<V>, worldId: string, items: readonly Item[], options = noOptions) {
    const query = queryOf(kind, worldId, options)
    const { signal } = options
    return within(query, { isBatch: true, signal }, () => many(query, items))
  }

  /** Throws where it is not the kind of that name that this hearth knows. */
  function known<V, P extends Per>(kind: Kind<V, P>): Kind<V, P> {
    if ((kinds.named(kind.name) as unknown) === kind) return kind
    throw new HearthError(
      'UnknownKind',
      `the kind ${kind.name} is declared twice: give createHearth the one that is read, in kinds`,
    )
  }

  /** The built-in kind, or the game's own in its place. */
  const here = <V>({ name }: Kind<V>): Kind<V> => kinds.named(name) as Kind<V>
  const [flagsHere, snapshotHere] = [here(flags), here(snapshot)]
  const [entityHere, timelineHere] = [here(entity), here(timeline)]

  return {
    flags: (worldId, options) => readOne(flagsHere, worldId, null, options),
    snapshot: (worldId, options) => readOne(snapshotHere, worldId, null, options),
    entity: (worldId, ref, options) => readOne(entityHere, worldId, ref, options),
    entities: (worldId, refs, options) => readSeveral(entityHere, worldId, refs, options),
    timeline: (worldId, entityId, options) =>
      readOne(timelineHere, worldId, entityId, options) as Promise<Immutable<TimelineEvent[]>>,
    async timelines(worldId, entityIds, options) {
      const ids = [...new Set(entityIds)]
      const found = await readSeveral(timelineHere, worldId, ids, options)
      return new Map(ids.map((id, i) => [id, found[i] as Immutable<TimelineEvent[]>]))
    },
    read: <V>(kind: Kind<V>, worldId: string, ...[first, second]: unknown[]) =>
      kind.per === 'world'
        ? readOne(known(kind), worldId, null, (second ?? first ?? {}) as ReadOptions)
        : readOne(known(kind), worldId, first as Item, second as LimitedReadOptions),
    readMany: <V, P extends Per>(
      kind: Kind<V, P>,
      worldId: string,
      items: readonly Item<P>[],
      options?: LimitedReadOptions,
    ) => readSeveral(known(kind) as Kind<V>, worldId, items, options),
  }
}

function limitOf(kind: Kind, { limit }: LimitedReadOptions, { topK }: { topK: number }): number | undefined {
  if (limit === undefined) return undefined
  if (kind.limited && Number.isInteger(limit) && limit >= 1 && limit <= topK) return limit
  throw wrong(
    'limit',
    kind.limited ? `must be a whole number from 1 to ${topK} (topK)` : `is not for ${kind.name}`,
    limit,
  )
}

function handedOut<V>({ kind, limit }: Query<V>, value: V | null): Immutable<V> | null {
  if (value == null) return structuredClone(kind.missing) as Immutable<V> | null
  if (limit === undefined || !Array.isArray(value) || value.length <= limit) return value as Immutable<V>
  return value.slice(0, limit) as Immutable<V>
}
