import { type ReadablePending, withPending } from './with-pending.ts'
import type { Entity, EntityRef, Flags, Snapshot, TimelineEvent, World } from './world.ts'

/**
 * Loads, of what was asked for, those at `positions`, in that order and in one go; null for what does not exist.
 * `unstored`: the value will be handed out and not stored, so that it may be the best there is.
 */
export type Load<T> = (
  positions: readonly number[],
  options?: { unstored?: boolean },
) => Promise<(T | null)[]>

/** How each kind of cached value is loaded from the truth. */
export interface Loads {
  flags(worldId: string): Load<Flags>
  snapshot(worldId: string): Load<Snapshot>
  entities(worldId: string, refs: readonly EntityRef[]): Load<Entity>
  /** The newest `topK` events of each, those among them that were accepted and are not yet in the truth. */
  timelines(worldId: string, entityIds: readonly string[]): Load<TimelineEvent[]>
}

/** Events that were accepted and are not yet in the truth. */
export interface PendingReader {
  /**
   * For each entity the newest `limit` of those that stand on its timeline and may be read, and besides what is hidden
   * there. With `unstored` never
   * fails: where they cannot be had, it answers what this process knows of them.
   */
  standing(
    worldId: string,
    entityIds: readonly string[],
    options: { limit: number; unstored: boolean },
  ): Promise<ReadablePending[][]>
}

/** For worlds to which nobody appends. */
export const nothingPending: PendingReader = { standing: async (_, ids) => ids.map(() => []) }

export interface LoadsDeps {
  world: World
  topK: number
  pending: PendingReader
}

export function createLoads({ world, topK, pending }: LoadsDeps): Loads {
  /** First what is pending, then the truth: an event on its way from the one to the other is found in either. */
  async function timelines(worldId: string, ids: readonly string[], unstored: boolean) {
    const accepted = await pending.standing(worldId, ids, { limit: topK, unstored })
    const found = await world.timelines(worldId, ids, topK)
    const united = found.map((timeline, i) => timeline && withPending(timeline, accepted[i] ?? [], topK))
    const short = [...ids.keys()].filter(i => united[i] === undefined)
    if (short.length > 0) {
      const more = topK + Math.max(...short.map(i => accepted[i]?.length ?? 0))
      const longer = await world.timelines(worldId, pick(ids, short), more)
      short.forEach((position, i) => {
        united[position] = longer[i] && withPending(longer[i], accepted[position] ?? [], topK, true)
      })
    }
    return united.map(timeline => timeline ?? null)
  }

  return {
    flags: worldId => async () => [await world.flags(worldId)],
    snapshot: worldId => async () => [await world.snapshot(worldId)],
    entities: (worldId, refs) => positions => world.entities(worldId, pick(refs, positions)),
    timelines:
      (worldId, ids) =>
      (positions, { unstored = false } = {}) =>
        timelines(worldId, pick(ids, positions), unstored),
  }
}

function pick<T>(items: readonly T[], positions: readonly number[]): T[] {
  return positions.map(position => items[position] as T)
}
