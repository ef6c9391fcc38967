import type { QueriedKind } from '../model/source.ts'
import type { World } from './world.ts'

/** One load of a world, as what stands around it sees it. */
export interface WorldLoad<Item = unknown, Value = unknown> {
  /** What is loaded, for a label: `timelines`, or the name of a kind. */
  readonly what: string
  readonly worldId: string
  /** Loads of one group may go together, their items in one list. */
  readonly group: string
  /** Whether its items may be loaded in parts, or together with others'. */
  readonly isBatch: boolean
  readonly items: readonly Item[]
  run(items: readonly Item[]): Promise<Value[]>
}

/** Runs a load, at once or later, whole or in parts; answers its values in the order of its items. */
export type AroundLoad = <Item, Value>(load: WorldLoad<Item, Value>) => Promise<Value[]>

interface Batch {
  what: string
  worldId: string
  limit?: number
  /** Of a kind of one's own, which may be called as the world's own loads are. */
  isQuery?: boolean
}

/** The world, with `around` around each of its loads. Its writes and its outbox stay what they are. */
export function aroundLoads(world: World, around: AroundLoad): World {
  const one = async <T>(what: string, worldId: string, run: () => Promise<T>): Promise<T> => {
    const load = { what, worldId, group: what, isBatch: false, items: [null], run: async () => [await run()] }
    const [value] = await around(load)
    return value as T
  }
  const batch = <I, O>(
    { what, worldId, limit = 0, isQuery = false }: Batch,
    items: readonly I[],
    run: (items: readonly I[]) => Promise<O[]>,
  ): Promise<O[]> =>
    around({
      what,
      worldId,
      group: JSON.stringify([what, worldId, limit, isQuery]),
      isBatch: true,
      items,
      run,
    })

  const own: Partial<World> = {
    flags: worldId => one('flags', worldId, () => world.flags(worldId)),
    snapshot: worldId => one('snapshot', worldId, () => world.snapshot(worldId)),
    members: (worldId, page) => one('members', worldId, () => world.members(worldId, page)),
    entities: (worldId, refs) =>
      batch({ what: 'entities', worldId }, refs, some => world.entities(worldId, some)),
    timelines: (worldId, ids, limit) =>
      batch({ what: 'timelines', worldId, limit }, ids, some => world.timelines(worldId, some, limit)),
    query: <T>(kind: QueriedKind<T>, worldId: string, items: Parameters<World['query']>[2]) =>
      batch({ what: kind.name, worldId, limit: kind.topK, isQuery: true }, items, some =>
        world.query(kind, worldId, some),
      ),
  }
  return Object.assign(Object.create(world), own)
}
