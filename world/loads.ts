import type { Item, Kind } from '../model/kind.ts'
import type { PendingReader } from '../model/source.ts'
import type { World } from './world.ts'

/**
 * Loads, of the entries that were asked for, those at `positions`, in that order and in one go; null for what does not
 * exist. `unstored`: the value will be handed out and not stored, so that it may be the best there is.
 */
export type Load<T> = (
  positions: readonly number[],
  options?: { unstored?: boolean },
) => Promise<(T | null)[]>

/** How entries of any kind are loaded from the source. */
export interface Loads {
  of<T>(kind: Kind<T>, worldId: string, items: readonly Item[]): Load<T>
}

export interface LoadsDeps {
  world: World
  topK: number
  pending: PendingReader
}

export const createLoads = ({ world, topK, pending }: LoadsDeps): Loads => ({
  of:
    (kind, worldId, items) =>
    (positions, { unstored = false } = {}) =>
      kind.load(
        world,
        worldId,
        positions.map(position => items[position] as Item),
        { topK, pending, unstored },
      ),
})
