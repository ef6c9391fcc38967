import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout } from 'node:timers/promises'

/** The result of one read. */
export interface Outcome {
  rank: number
  hit: boolean
  /** It returned nothing, because Neo4j was overloaded. */
  failed: boolean
  /** From its call to its value, or to its error. */
  ms: number
}

/** A reader marks hits here: `outcome.getStore()` is the outcome of the current read. */
export const outcome = new AsyncLocalStorage<Outcome>()

/** A replayed trace: its outcomes in the order of the trace. */
export interface Replayed {
  outcomes: Outcome[]
  /** Entities loaded from Neo4j after the read `from`. */
  loads: number
}

export interface ReplayOptions {
  reads: readonly number[]
  /** Reads a second. */
  rate: number
  read(rank: number): Promise<unknown>
  /** Entities loaded up to now, by any process. */
  loaded?(): number
  /** Loads count from this read on. Default: the first. */
  from?: number
}

/**
 * Begins each read at its time, whether or not earlier ones have ended: a slow cache gets no fewer reads (an open loop).
 * A failed read counts, with the time that it took; if all fail, the last error is thrown.
 */
export async function replay({
  reads,
  rate,
  read,
  loaded = () => 0,
  from = 0,
}: ReplayOptions): Promise<Replayed> {
  let lastError: unknown
  const one = (rank: number): Promise<Outcome> => {
    const result: Outcome = { rank, hit: false, failed: false, ms: 0 }
    return outcome.run(result, async () => {
      const startedAt = performance.now()
      await read(rank).catch(error => {
        result.failed = true
        lastError = error
      })
      result.ms = performance.now() - startedAt
      return result
    })
  }
  const running: Promise<Outcome>[] = []
  let before = loaded()
  const startedAt = performance.now()
  for (const [index, rank] of reads.entries()) {
    const waitMs = startedAt + (index / rate) * 1_000 - performance.now()
    if (waitMs > 0) await setTimeout(waitMs)
    if (index === from) before = loaded()
    running.push(one(rank))
  }
  const outcomes = await Promise.all(running)
  if (outcomes.every(({ failed }) => failed)) throw lastError
  return { outcomes, loads: loaded() - before }
}
