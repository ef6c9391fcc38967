import { type Census, takeCensus } from '../../cache/census.ts'
import type { Keys } from '../../cache/keys.ts'
import type { CacheRedis } from '../../cache/scripts.ts'

export type CensusKeeper = ReturnType<typeof createCensusKeeper>

/** A walk through the keyspace at most so often, and for no more than a tenth of the time. Milliseconds. */
const everyMs = 10_000
const pauseOfTook = 10
/** What was just done by hand is soon shown: as long a pause as the walk took will do. */
const soonestMs = 1_000

export function createCensusKeeper(
  { redis, keys }: { redis: CacheRedis; keys: Keys },
  onError: (error: unknown) => void,
) {
  const stopped = new AbortController()
  let last: { entries: Census; at: number } | undefined
  let tookMs = 0
  let taking = false
  let wrong = false

  async function take(): Promise<void> {
    taking = true
    wrong = false
    const begun = performance.now()
    try {
      last = { entries: await takeCensus(redis, keys.kinds, stopped.signal), at: Date.now() }
    } catch (error) {
      if (!stopped.signal.aborted) onError(error)
    } finally {
      tookMs = performance.now() - begun
      taking = false
    }
  }

  return {
    last: () => last,
    /** Takes another soon if the last one is old, or at once if `changed` tells that it is wrong by now. */
    look(changed: boolean): void {
      wrong ||= changed
      const age = last ? Date.now() - last.at : Number.POSITIVE_INFINITY
      const pauseMs = wrong ? Math.max(soonestMs, tookMs) : Math.max(everyMs, tookMs * pauseOfTook)
      if (!taking && !stopped.signal.aborted && age >= pauseMs) void take()
    },
    close: () => stopped.abort(),
  }
}
