import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout } from 'node:timers/promises'

/** What became of one read. */
export interface Outcome {
  rank: number
  hit: boolean
  /** It brought nothing: Neo4j had more to do than it could. */
  failed: boolean
  /** From its call to its value in hand, or to its error. */
  ms: number
}

/** Whoever reads tells here that the cache had it: `outcome.getStore()` is that of the read that runs. */
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
  /** Entities loaded up to now, whoever loaded them. */
  loaded?(): number
  /** Loads count from this read on. Default: the first. */
  from?: number
}

/**
 * Begins each read when its time has come, whatever has become of those before it: a cache that is slow gets no less
 * to do (an open loop). A read that fails counts, with the time that it took; where all do, the last error is thrown.
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
