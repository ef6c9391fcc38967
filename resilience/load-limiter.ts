import { createLoadPace, type LoadPaceOptions, type WriteProbe } from './load-pace.ts'
import { createLoadTurns, defaultLeastReads, type LoadFor, type LoadTurnsOptions } from './load-turns.ts'

/** Limits how many loads of one process run at a time, by what the source bears and the game's writes feel. */
export type LoadLimiter = ReturnType<typeof createLoadLimiter>

export interface LoadLimiterOptions extends LoadPaceOptions, LoadTurnsOptions {}

interface LoadLimiterDeps extends LoadLimiterOptions {
  /** Without it the limit stays at `most`. */
  probe?: WriteProbe | undefined
  /** Is called with how long each load took that ended well. Milliseconds. */
  onLoaded?: ((tookMs: number) => void) | undefined
}

/** Entities that a job loads by one query: some milliseconds of the source's time. */
const jobPart = 100
/** The same while the game writes, which waits for the query that runs. */
const jobPartBesideGame = 25

export function createLoadLimiter(options: LoadLimiterDeps) {
  const { probe, onLoaded, most = 16, leastReads = defaultLeastReads } = options
  const turns = createLoadTurns(() => pace?.limit ?? most, options)
  const pace =
    probe &&
    createLoadPace({
      ...options,
      probe,
      jobs: turns.jobs,
      isBusy: () => turns.running > 0 || turns.jobs.waiting > 0,
      onChange: turns.letIn,
    })

  async function runOne<T>(as: LoadFor, load: () => Promise<T>): Promise<T> {
    await turns.enter(as)
    if (as !== 'read' || turns.running > leastReads) void pace?.follow() // fewer reads have no limit
    const startedAt = performance.now()
    try {
      const loaded = await load()
      onLoaded?.(performance.now() - startedAt)
      return loaded
    } finally {
      turns.leave(as, performance.now() - startedAt)
    }
  }

  return {
    /**
     * Runs a load when its turn has come. A read that would wait too long is refused with `Overloaded`. A job's load runs
     * in parts, one after the other, so that no read waits long for the one that runs.
     */
    async run<I, O>(
      as: LoadFor,
      items: readonly I[],
      load: (batch: readonly I[]) => Promise<O[]>,
    ): Promise<O[]> {
      if (as !== 'job') return runOne(as, () => load(items))
      const found: O[] = []
      for (let at = 0; at < items.length; ) {
        const part = items.slice(at, at + (pace?.isWriting() ? jobPartBesideGame : jobPart))
        at += part.length
        found.push(...(await runOne(as, () => load(part))))
      }
      return found
    },
    /** How many run at a time now: a part of one means rests between. */
    get limit() {
      return pace?.limit ?? most
    },
    get running() {
      return turns.running
    },
    stop() {
      pace?.stop()
      turns.stop()
    },
  }
}
