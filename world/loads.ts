import type { Item, Kind } from '../model/kind.ts'
import type { PendingReader } from '../model/source.ts'
import type { World } from './world.ts'

/**
 * Loads these entries in one go, in their order; null for what does not exist. `unstored`: the values will be handed out
 * and not stored, so that they may be the best there is.
 */
export type Load<T> = (
  entries: readonly { readonly item: Item }[],
  options?: { unstored?: boolean },
) => Promise<(T | null)[]>

/** How entries of any kind are loaded from the source. */
export interface Loads {
  of<T>(kind: Kind<T>, worldId: string): Load<T>
}

export interface LoadsDeps {
  world: World
  topK: number
  pending: PendingReader
}

export const createLoads = ({ world, topK, pending }: LoadsDeps): Loads => ({
  of:
    (kind, worldId) =>
    (entries, { unstored = false } = {}) =>
      kind.load(
        world,
        worldId,
        entries.map(({ item }) => item),
        { topK, pending, unstored },
      ),
})
