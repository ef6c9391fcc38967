import type { Change } from '../../model/changes.ts'
import type { Item, Kind } from '../../model/kind.ts'
import type { AppendedEvent } from '../../model/new-events.ts'
import type { EntityRef, Flags, Snapshot, Target } from '../../model/world-data.ts'
import type { JobRef } from '../../queues/producer.ts'

/** With `exactNumbers` the digits of numbers are kept, for `jsonText`. */
export interface ReadAs {
  limit?: number
  exactNumbers?: boolean
}

export interface AuditOptions {
  all?: boolean | undefined
  sample?: number | undefined
  repair?: boolean | undefined
  kinds?: readonly string[] | undefined
}

export interface WarmOptions {
  force?: boolean | undefined
  kinds?: readonly string[] | undefined
}

/** What the API does, in the words of the library: a `Hearth` is one. */
export interface Backend {
  /** One value of any kind; null for what does not exist. */
  read(kind: Kind<unknown, 'world'>, worldId: string, options?: ReadAs): Promise<unknown>
  read(
    kind: Kind<unknown, 'entity'>,
    worldId: string,
    item: Item<'entity'>,
    options?: ReadAs,
  ): Promise<unknown>
  readMany(kind: Kind, worldId: string, items: readonly Item[], options?: ReadAs): Promise<unknown[]>

  /** Null before the first change. */
  version(worldId: string): Promise<number | null>
  /** Reads again where the version moved meanwhile. */
  consistent<T>(worldId: string, read: () => Promise<T>): Promise<T>

  activated(worldId: string): Promise<JobRef>
  deactivated(worldId: string): Promise<string>
  changed(
    worldId: string,
    changes: readonly Change[],
    options?: { recorded?: string; bookmark?: string | readonly string[] },
  ): Promise<'invalidated' | 'deferred'>
  setFlags(worldId: string, patch: Flags, options?: { exactNumbers?: boolean }): Promise<Flags>
  saveSnapshot(
    worldId: string,
    fields: Partial<Snapshot>,
    options?: { exactNumbers?: boolean },
  ): Promise<Snapshot>
  appendEvents(worldId: string, events: readonly AppendedEvent[]): Promise<object>

  warm(worldId: string, options?: WarmOptions): Promise<JobRef>
  /** Without entities: the timelines that are read most. */
  refresh(worldId: string, entities?: readonly (string | EntityRef)[]): Promise<JobRef[]>
  audit(worldId: string, options?: AuditOptions): Promise<JobRef>
  invalidate(
    worldId: string,
    targets: readonly Target[] | 'all' | { readonly kinds: readonly string[] },
  ): Promise<{ outcome: 'invalidated' | 'deferred'; existed: number }>
}
