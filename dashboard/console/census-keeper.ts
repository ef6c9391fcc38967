import { countEntries } from '../../cache/census.ts'

export type CensusKeeper = ReturnType<typeof createCensusKeeper>

/** The worlds that are shown are counted at most so often, and for no more than a tenth of the time. Milliseconds. */
const everyMs = 10_000
const pauseOfTook = 10
/** What was just done by hand is soon shown: as long a pause as the counting took will do. */
const soonestMs = 1_000

/** Counts the entries of the worlds that are shown, one world after the other. */
export function createCensusKeeper(
  cache: Parameters<typeof countEntries>[0],
  onError: (error: unknown) => void,
) {
  let counts = new Map<string, number>()
  let endedAt = Number.NEGATIVE_INFINITY
  let tookMs = 0
  let taking: Promise<void> | undefined
  let wrong = false
  let stopped = false

  async function take(worldIds: readonly string[]): Promise<void> {
    wrong = false
    const begun = performance.now()
    counts = new Map(worldIds.flatMap(id => (counts.has(id) ? [[id, counts.get(id) ?? 0]] : [])))
    try {
      for (const worldId of worldIds) {
        if (stopped) return
        counts.set(worldId, await countEntries(cache, worldId))
      }
    } catch (error) {
      if (!stopped) onError(error)
    } finally {
      endedAt = performance.now()
      tookMs = endedAt - begun
    }
  }

  return {
    /** Entries that are there; null for a world that was not counted yet. */
    of: (worldId: string): number | null => counts.get(worldId) ?? null,
    /**
     * Counts them soon if that was long ago, or at once if `changed` tells that it is wrong by now, or one is new. Resolves
     * when the counting that is under way has ended; at once where none is.
     */
    async look(worldIds: readonly string[], changed: boolean): Promise<void> {
      wrong ||= changed || worldIds.some(id => !counts.has(id))
      const pauseMs = wrong ? Math.max(soonestMs, tookMs) : Math.max(everyMs, tookMs * pauseOfTook)
      if (!taking && !stopped && performance.now() - endedAt >= pauseMs) {
        taking = take(worldIds).finally(() => {
          taking = undefined
        })
      }
      await taking
    },
    close(): void {
      stopped = true
    },
  }
}
