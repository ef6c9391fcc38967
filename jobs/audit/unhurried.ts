import { delay } from 'es-toolkit'

/**
 * After each look an audit rests for this many times as long as it took. A sample is small and in no hurry; of a large
 * world, all has to be compared in a reasonable time.
 */
const restsAfter = { sample: 3, all: 1 }
/** Where a look took long, because the source did not answer or because loads rest, this is enough. Milliseconds. */
const maxRestMs = 1_000

/** Leaves most of the time to readers and to other jobs. */
export async function unhurried<T>(of: keyof typeof restsAfter, look: () => Promise<T>): Promise<T> {
  const startedAt = performance.now()
  const found = await look()
  await delay(Math.min(maxRestMs, restsAfter[of] * (performance.now() - startedAt)))
  return found
}
