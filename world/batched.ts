import { HearthError } from '../model/errors.ts'
import { aroundLoads, type WorldLoad } from './around-loads.ts'
import type { World } from './world.ts'

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
