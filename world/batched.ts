import { HearthError } from '../errors.ts'
import type { World } from './world.ts'

export interface BatchedOptions {
  /** So many loads of one world run at a time; what comes meanwhile waits. Default 4. */
  atOnce?: number
  /** So many entries are loaded by one query at most. Default 500. */
  largest?: number
}

/**
 * The world, whose loads of entities and timelines go together where they would have to wait: many that miss in one
 * moment, as when a world is cold or Neo4j dawdles, are few queries. One that need not wait goes alone and at once.
 */
export function batched(world: World, options: BatchedOptions = {}): World {
  const entities = perWorld(options, (worldId, refs: Parameters<World['entities']>[1]) =>
    world.entities(worldId, refs),
  )
  const timelines = perWorld(options, (key, ids: readonly string[]) => {
    const [worldId, limit] = JSON.parse(key) as [string, number]
    return world.timelines(worldId, ids, limit)
  })
  const own: Partial<World> = {
    entities: (worldId, refs) => entities(worldId, refs),
    timelines: (worldId, ids, limit) => timelines(JSON.stringify([worldId, limit]), ids),
  }
  return Object.assign(Object.create(world), own)
}

interface Call<I, O> {
  items: readonly I[]
  resolve(values: O[]): void
  reject(error: unknown): void
}

interface Line<I, O> {
  running: number
  waiting: Call<I, O>[]
}

function perWorld<I, O>(
  { atOnce = 4, largest = 500 }: BatchedOptions,
  load: (key: string, items: readonly I[]) => Promise<O[]>,
): (key: string, items: readonly I[]) => Promise<O[]> {
  const lines = new Map<string, Line<I, O>>()

  /** The calls that have waited longest, as many as one query takes. */
  function nextOf({ waiting }: Line<I, O>): Call<I, O>[] {
    let size = 0
    const end = waiting.findIndex(({ items }, i) => {
      size += items.length
      return i > 0 && size > largest
    })
    return waiting.splice(0, end === -1 ? waiting.length : end)
  }

  async function run(key: string, line: Line<I, O>, calls: readonly Call<I, O>[]): Promise<void> {
    line.running += 1
    await answer(key, calls)
    line.running -= 1
    if (line.waiting.length > 0) void run(key, line, nextOf(line))
    else if (line.running === 0) lines.delete(key)
  }

  async function answer(key: string, calls: readonly Call<I, O>[]): Promise<void> {
    try {
      const values = await load(
        key,
        calls.flatMap(({ items }) => items),
      )
      let from = 0
      for (const { items, resolve } of calls) {
        resolve(values.slice(from, from + items.length))
        from += items.length
      }
    } catch (error) {
      if (calls.length === 1 || isOutage(error)) for (const { reject } of calls) reject(error)
      else await Promise.all(calls.map(call => answer(key, [call]))) // one of them may be what was wrong
    }
  }

  return (key, items) =>
    new Promise((resolve, reject) => {
      const line = lines.get(key) ?? { running: 0, waiting: [] }
      lines.set(key, line)
      const call = { items, resolve, reject }
      if (line.running < atOnce) void run(key, line, [call])
      else line.waiting.push(call)
    })
}

const isOutage = (error: unknown): boolean => error instanceof HearthError && error.code !== 'InvalidInput'
