import { HearthError } from '../model/errors.ts'
import type { LoadAfter, QueriedKind } from '../model/source.ts'
import type { Item } from '../model/world-data.ts'
import type { LoadLimiter } from '../resilience/load-limiter.ts'
import type { LoadFor } from '../resilience/load-turns.ts'
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

/** What decides, beside the world, which loads may go together: not those that wait for other bookmarks. */
interface BatchOptions {
  limit?: number
  isQuery?: boolean
  after: LoadAfter | undefined
}

/** The world, with `around` around each of its loads. Its writes and its outbox stay what they are. */
export function aroundLoads(world: World, around: AroundLoad): World {
  const one = async <T>(what: string, worldId: string, run: () => Promise<T>): Promise<T> => {
    const load = { what, worldId, group: what, isBatch: false, items: [null], run: async () => [await run()] }
    const [value] = await around(load)
    return value as T
  }
  /** `isQuery`: of a kind of one's own, which may be called as the world's own loads are. */
  const batch = <I, O>(
    load: Pick<WorldLoad<I, O>, 'what' | 'worldId' | 'items' | 'run'>,
    { limit = 0, isQuery = false, after }: BatchOptions,
  ): Promise<O[]> => {
    const group = JSON.stringify([load.what, load.worldId, limit, isQuery, ...(after?.bookmarks ?? [])])
    return around({ ...load, group, isBatch: true })
  }

  const own: Partial<World> = {
    flags: (worldId, after) => one('flags', worldId, () => world.flags(worldId, after)),
    snapshot: (worldId, after) => one('snapshot', worldId, () => world.snapshot(worldId, after)),
    members: (worldId, page) => one('members', worldId, () => world.members(worldId, page)),
    entities(worldId, items, after) {
      const run = (some: typeof items) => world.entities(worldId, some, after)
      return batch({ what: 'entities', worldId, items, run }, { after })
    },
    timelines(worldId, items, limit, after) {
      const run = (some: typeof items) => world.timelines(worldId, some, limit, after)
      return batch({ what: 'timelines', worldId, items, run }, { limit, after })
    },
    query<T>(kind: QueriedKind<T>, worldId: string, items: readonly Item[], after?: LoadAfter) {
      const run = (some: typeof items) => world.query(kind, worldId, some, after)
      return batch({ what: kind.name, worldId, items, run }, { limit: kind.topK, isQuery: true, after })
    },
  }
  return Object.assign(Object.create(world), own)
}

/** The world, whose loads wait for their turn. Its writes and its outbox are not held up. */
export const limited = (world: World, limiter: LoadLimiter, as: LoadFor): World =>
  aroundLoads(world, ({ items, run }) => limiter.run(as, items, run))

export interface BatchedOptions {
  /** How many loads of one world and kind run at a time; what comes meanwhile waits. Default 4. */
  atOnce?: number
  /** How many entries one query loads at most. Default 500. */
  largest?: number
}

/** A load that waits for its values. */
interface Call<I, O> {
  items: readonly I[]
  resolve(values: O[]): void
  reject(error: unknown): void
}

interface Line<I, O> {
  running: number
  waiting: Call<I, O>[]
}

/**
 * The world, whose batches go together where they would have to wait: many that miss in one moment, as when a world is
 * cold or the source is slow, are few queries. One that need not wait goes alone and at once.
 */
export function batched(world: World, { atOnce = 4, largest = 500 }: BatchedOptions = {}): World {
  const lines = new Map<string, Line<unknown, unknown>>()

  async function run<I, O>(
    load: WorldLoad<I, O>,
    line: Line<I, O>,
    calls: readonly Call<I, O>[],
  ): Promise<void> {
    line.running += 1
    await answer(load, calls)
    line.running -= 1
    if (line.waiting.length > 0) void run(load, line, nextOf(line, largest))
    else if (line.running === 0) lines.delete(load.group)
  }

  return aroundLoads(world, <I, O>(load: WorldLoad<I, O>) => {
    if (!load.isBatch) return load.run(load.items)
    return new Promise<O[]>((resolve, reject) => {
      const line = (lines.get(load.group) ?? { running: 0, waiting: [] }) as Line<I, O>
      lines.set(load.group, line as Line<unknown, unknown>)
      const call: Call<I, O> = { items: load.items, resolve, reject }
      if (line.running < atOnce) void run(load, line, [call])
      else line.waiting.push(call)
    })
  })
}

/** The calls that have waited longest, as many as one query takes. */
function nextOf<I, O>({ waiting }: Line<I, O>, largest: number): Call<I, O>[] {
  let size = 0
  const end = waiting.findIndex(({ items }, i) => {
    size += items.length
    return i > 0 && size > largest
  })
  return waiting.splice(0, end === -1 ? waiting.length : end)
}

async function answer<I, O>(load: WorldLoad<I, O>, calls: readonly Call<I, O>[]): Promise<void> {
  try {
    const values = await load.run(calls.flatMap(({ items }) => items))
    let from = 0
    for (const { items, resolve } of calls) {
      resolve(values.slice(from, from + items.length))
      from += items.length
    }
  } catch (error) {
    if (calls.length === 1 || isOutage(error)) for (const { reject } of calls) reject(error)
    else await Promise.all(calls.map(call => answer(load, [call]))) // one of them may be what was wrong
  }
}

const isOutage = (error: unknown): boolean =>
  error instanceof HearthError && error.code !== 'InvalidInput' && error.code !== 'ColumnMismatch'
