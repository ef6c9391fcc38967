import type { Target } from '../../cache/changes.ts'
import type { Change } from '../../queues/changes.ts'
import type { JobRef } from '../../queues/producer.ts'

interface EntityRef {
  type: 'character' | 'location' | 'object'
  id: string
}

/** With `exactNumbers` the digits of numbers are kept, for `jsonText`. */
interface ReadAs {
  exactNumbers?: boolean
}

/** What the API does, in the words of the library: a `Hearth` is one. Parts that are missing are answered with 501. */
export interface Backend {
  flags(worldId: string, options?: ReadAs): Promise<object | null>
  snapshot(worldId: string, options?: ReadAs): Promise<object | null>
  entity(worldId: string, ref: EntityRef, options?: ReadAs): Promise<object | null>
  entities(worldId: string, refs: readonly EntityRef[], options?: ReadAs): Promise<(object | null)[]>
  timeline(worldId: string, entityId: string, options?: ReadAs & { limit?: number }): Promise<object[]>
  timelines(
    worldId: string,
    entityIds: readonly string[],
    options?: ReadAs & { limit?: number },
  ): Promise<Map<string, object[]>>

  activated(worldId: string): Promise<JobRef>
  deactivated?(worldId: string): Promise<unknown>
  changed(
    worldId: string,
    changes: readonly Change[],
    options?: { recorded?: string },
  ): Promise<'invalidated' | 'deferred'>
  appendEvents?(worldId: string, events: readonly NewEvent[]): Promise<unknown>

  warm(worldId: string, options?: { force?: boolean }): Promise<JobRef>
  /** Without entities: the timelines that are read most. */
  refresh?(worldId: string, entities?: readonly (string | EntityRef)[]): Promise<JobRef[]>
  invalidate(
    worldId: string,
    targets: readonly Target[] | 'all',
  ): Promise<{ outcome: 'invalidated' | 'deferred'; existed: number }>
}

/** An event as a game sends it; what else it has is checked by whoever stores it. */
export interface NewEvent {
  event_id?: string
  timestamp: string
  participants?: string[]
  location_id?: string | null
  [field: string]: unknown
}
