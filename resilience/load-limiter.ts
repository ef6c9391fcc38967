import { chunk } from 'es-toolkit'
import { HearthError } from '../model/errors.ts'
import { type AdaptiveLimitOptions, createAdaptiveLimit } from './adaptive-limit.ts'

/** For whom a load is: the game's reads go first, and are refused rather than kept waiting. */
export type LoadFor = 'read' | 'job'

/** Limits how many loads of one process run at a time, by what the source bears. */
export interface LoadLimiter {
  /**
   * Runs a load when its turn has come. A read that would wait too long is refused with `Overloaded`. A job's load runs
   * in parts, one after the other, so that no read waits long for the one that runs.
   */
  run<I, O>(as: LoadFor, items: readonly I[], load: (some: readonly I[]) => Promise<O[]>): Promise<O[]>
  /** How many run at a time now: a part of one means rests between. */
  readonly limit: number
  readonly running: number
  stop(): void
}

export interface LoadLimiterOptions extends AdaptiveLimitOptions {
  /** How many reads may wait for their turn; one more is refused with `Overloaded`. Default 2,000. */
  waitingReads?: number
  /**
   * How long a read may wait for its turn before it is refused. Milliseconds, default 5,000: a source that has
   * just been started plans its first queries for seconds.
   */
  waitMs?: number
  /** Reads may always run so many loads at a time. Default 4. */
  leastReads?: number
  /** Hears of reads that were refused. */
  onShed?(reads: number): void
}

interface LoadLimiterDeps extends LoadLimiterOptions {
  /** Without it the limit stays where it begins to be: at `most`. */
  ping?: (() => Promise<void>) | undefined
}

const pingEveryMs = 50
/** Entities that a job loads by one query: some milliseconds of the source's time. */
const jobPart = 100
/** Where the limit is so low that a rest would be longer, the job goes on all the same. */
const longestRestMs = 2_000

export function createLoadLimiter({
  ping,
  waitingReads = 2_000,
  waitMs = 5_000,
  leastReads = 4,
  onShed = () => {},
  most = 16,
  ...limits
}: LoadLimiterDeps): LoadLimiter {
  const limit = createAdaptiveLimit({ most, ...limits })
  const reads = new Set<() => void>()
  const jobs = new Set<() => void>()
  let running = 0
  let restUntil = 0
  let wake: NodeJS.Timeout | undefined
  let asking = false
  let stopped = false

  const allowed = () => (ping ? limit.value : most)
  const isOpen = (as: LoadFor, now: number) =>
    as === 'read'
      ? running < Math.max(leastReads, allowed())
      : running < Math.max(1, Math.floor(allowed())) && now >= restUntil

  function letIn(): void {
    clearTimeout(wake)
    const now = performance.now() // once: a rest that ended in between would have nobody to wake
    for (const [as, waiting] of [['read', reads] as const, ['job', jobs] as const]) {
      for (const enter of waiting) {
        if (!isOpen(as, now)) break
        waiting.delete(enter)
        enter()
      }
    }
    const restMs = restUntil - now
    if (jobs.size > 0 && restMs > 0) wake = setTimeout(letIn, restMs)
  }

  /** A rest after each load of a job, where the limit is below one. */
  function rest(tookMs: number): void {
    const part = allowed()
    if (part >= 1) return
    restUntil = performance.now() + Math.min(longestRestMs, tookMs * (1 / part - 1))
  }

  function enter(as: LoadFor): Promise<void> | undefined {
    if (isOpen(as, performance.now())) {
      running += 1
      return undefined
    }
    const waiting = as === 'read' ? reads : jobs
    if (as === 'read' && reads.size >= waitingReads) throw shed(`${waitingReads} reads wait already`)
    return new Promise((resolve, reject) => {
      const mayEnter = () => {
        clearTimeout(timer)
        running += 1
        resolve()
      }
      const giveUp = () => {
        reads.delete(mayEnter)
        reject(shed(`its turn did not come within ${waitMs} ms`))
      }
      const timer = as === 'read' ? setTimeout(giveUp, waitMs) : undefined
      waiting.add(mayEnter)
      letIn()
    })
  }

  function shed(why: string): HearthError {
    onShed(1)
    return new HearthError('Overloaded', `too many loads at a time (${running} run): ${why}`)
  }

  async function follow(): Promise<void> {
    if (!ping || asking || stopped) return
    asking = true
    while (running > 0 && !stopped) {
      const askedAt = performance.now()
      const answered = await ping().then(
        () => true,
        () => false,
      )
      if (answered) limit.answered(performance.now() - askedAt)
      letIn()
      await new Promise(resolve => setTimeout(resolve, pingEveryMs))
    }
    asking = false
  }

  async function runOne<T>(as: LoadFor, load: () => Promise<T>): Promise<T> {
    await enter(as)
    void follow()
    const startedAt = performance.now()
    try {
      return await load()
    } finally {
      running -= 1
      if (as === 'job') rest(performance.now() - startedAt)
      letIn()
    }
  }

  return {
    async run(as, items, load) {
      if (as === 'read' || items.length <= jobPart) return runOne(as, () => load(items))
      const found: Awaited<ReturnType<typeof load>> = []
      for (const part of chunk(items, jobPart)) found.push(...(await runOne(as, () => load(part))))
      return found
    },
    get limit() {
      return allowed()
    },
    get running() {
      return running
    },
    stop() {
      stopped = true
      clearTimeout(wake)
    },
  }
}
