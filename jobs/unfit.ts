import { chunk } from 'es-toolkit'
import { HearthError } from '../model/errors.ts'

/**
 * Works on all items at once; where a value does not fit its kind, by halves, so that the others are worked on all the
 * same. `unfit`: what comes of an item whose value it is.
 */
export async function besideUnfit<Item, Result>(
  items: readonly Item[],
  work: (items: readonly Item[]) => Promise<Result[]>,
  unfit: (item: Item, error: HearthError) => Result,
): Promise<Result[]> {
  try {
    return await work(items)
  } catch (error) {
    if (!(error instanceof HearthError && error.code === 'ColumnMismatch')) throw error
    if (items.length === 1) return [unfit(items[0] as Item, error)]
  }
  const halves = chunk(items, Math.ceil(items.length / 2))
  return (await Promise.all(halves.map(half => besideUnfit(half, work, unfit)))).flat()
}
