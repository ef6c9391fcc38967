import type { Entity, EntityRef, Flags, Snapshot, TimelineEvent, World } from './world.ts'

/** Loads, of what was asked for, those at `positions`, in that order and in one go; null for what does not exist. */
export type Load<T> = (positions: readonly number[]) => Promise<(T | null)[]>

/** How each kind of cached value is loaded from the truth. */
export interface Loads {
  flags(worldId: string): Load<Flags>
  snapshot(worldId: string): Load<Snapshot>
  entities(worldId: string, refs: readonly EntityRef[]): Load<Entity>
  /** The newest `topK` events of each. */
  timelines(worldId: string, entityIds: readonly string[]): Load<TimelineEvent[]>
}

export function createLoads({ world, topK }: { world: World; topK: number }): Loads {
  return {
    flags: worldId => async () => [await world.flags(worldId)],
    snapshot: worldId => async () => [await world.snapshot(worldId)],
    entities: (worldId, refs) => positions => world.entities(worldId, pick(refs, positions)),
    timelines: (worldId, ids) => positions => world.timelines(worldId, pick(ids, positions), topK),
  }
}

function pick<T>(items: readonly T[], positions: readonly number[]): T[] {
  return positions.map(position => items[position] as T)
}
