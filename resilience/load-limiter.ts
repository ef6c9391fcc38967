import { setTimeout as pause } from 'node:timers/promises'
import { chunk } from 'es-toolkit'
import { type AdaptiveLimitOptions, createAdaptiveLimit } from './adaptive-limit.ts'
import { createLoadTurns, type LoadFor, type LoadTurnsOptions } from './load-turns.ts'

/** Limits how many loads of one process run at a time, by what the source bears. */
export type LoadLimiter = ReturnType<typeof createLoadLimiter>

export interface LoadLimiterOptions extends AdaptiveLimitOptions, LoadTurnsOptions {}

interface LoadLimiterDeps extends LoadLimiterOptions {
  /** Without it the limit stays where it begins to be: at `most`. */
  ping?: (() => Promise<void>) | undefined
}

const pingEveryMs = 50
/** Entities that a job loads by one query: some milliseconds of the source's time. */
const jobPart = 100

export function createLoadLimiter(options: LoadLimiterDeps) {
  const { ping, most = 16 } = options
  const adaptive = createAdaptiveLimit({ ...options, most })
  const limit = () => (ping ? adaptive.value : most)
  const turns = createLoadTurns(limit, options)
  let following = false
  let stopped = false

  /** The source's latency, while loads run. */
  async function follow(ping: () => Promise<void>): Promise<void> {
    if (following || stopped) return
    following = true
    while (turns.running > 0 && !stopped) {
      const askedAt = performance.now()
      await ping().then(
        () => adaptive.answered(performance.now() - askedAt),
        () => {}, // how long it takes to fail says nothing
      )
      turns.letIn()
      await pause(pingEveryMs)
    }
    following = false
  }

  async function runOne<T>(as: LoadFor, load: () => Promise<T>): Promise<T> {
    await turns.enter(as)
    if (ping) void follow(ping)
    const startedAt = performance.now()
    try {
      return await load()
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
      if (as !== 'job' || items.length <= jobPart) return runOne(as, () => load(items))
      const found: O[] = []
      for (const part of chunk(items, jobPart)) found.push(...(await runOne(as, () => load(part))))
      return found
    },
    /** How many run at a time now: a part of one means rests between. */
    get limit() {
      return limit()
    },
    get running() {
      return turns.running
    },
    stop() {
      stopped = true
      turns.stop()
    },
  }
}
