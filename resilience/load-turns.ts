import { HearthError } from '../model/errors.ts'

/**
 * For whom a load is. The game's reads go first, and are refused rather than kept waiting. Then comes what is `urgent`, the
 * part of a world that players wait for; other jobs work in the background, while nothing urgent waits or runs.
 */
export type LoadFor = 'read' | 'urgent' | 'job'

export interface LoadTurnsOptions {
  /** How many reads may wait for their turn; one more is refused with `Overloaded`. Default 2,000. */
  waitingReads?: number
  /**
   * How long a read may wait for its turn before it is refused. Milliseconds, default 5,000: a source that has
   * just been started plans its first queries for seconds.
   */
  waitMs?: number
  /** Reads may always run this many loads at a time. Default 4. */
  leastReads?: number
  /** Is called with how many reads were refused. */
  onShed?(reads: number): void
}

/** Reads have this many loads at a time at least. */
export const defaultLeastReads = 4

/** Where the limit is so low that a rest would be longer, the job goes on all the same. */
const maxRestMs = 2_000

/** Lets loads in, as many at a time as `limit` says; below 1: one, with rests between. */
export function createLoadTurns(limit: () => number, options: LoadTurnsOptions) {
  const { waitingReads = 2_000, waitMs = 5_000, leastReads = defaultLeastReads } = options
  const waiting = { read: new Set<() => void>(), urgent: new Set<() => void>(), job: new Set<() => void>() }
  const { read: reads, urgent, job: jobs } = waiting
  let running = 0
  const runningOf = { read: 0, urgent: 0, job: 0 }
  let held = false
  let restUntil = 0
  let wake: NodeJS.Timeout | undefined

  const mayRead = () => running < Math.max(leastReads, limit())
  const mayWork = (now: number) =>
    !held &&
    urgent.size + runningOf.urgent === 0 &&
    running < Math.max(1, Math.floor(limit())) &&
    now >= restUntil

  function begin(as: LoadFor): void {
    running += 1
    runningOf[as] += 1
  }

  function letIn(): void {
    clearTimeout(wake)
    const now = performance.now() // once: a rest that ended in between would wake no job
    letInWhile(reads, mayRead)
    letInWhile(urgent, mayRead)
    letInWhile(jobs, () => mayWork(now))
    const restMs = restUntil - now
    if (jobs.size > 0 && restMs > 0) wake = setTimeout(letIn, restMs)
  }

  /** Resolves when its turn has come. */
  function wait(as: LoadFor): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        clearTimeout(timer)
        begin(as)
        resolve()
      }
      const giveUp = () => {
        reads.delete(enter)
        reject(shed(`its turn did not come within ${waitMs} ms`))
      }
      const timer = as === 'read' ? setTimeout(giveUp, waitMs) : undefined
      waiting[as].add(enter)
      letIn()
    })
  }

  function shed(why: string): HearthError {
    options.onShed?.(1)
    return new HearthError('Overloaded', `too many loads at a time (${running} run): ${why}`)
  }

  return {
    get running(): number {
      return running
    },
    jobs: {
      /** Loads of jobs, the urgent ones among them. */
      get running(): number {
        return runningOf.job + runningOf.urgent
      },
      get waiting(): number {
        return jobs.size
      },
      /** None begins in the background. */
      get held(): boolean {
        return held
      },
      set held(now: boolean) {
        held = now
        if (!held) letIn()
      },
    },
    /** Resolves when it may run. Throws `Overloaded` for a read that would wait too long. */
    async enter(as: LoadFor): Promise<void> {
      const isOpen = as === 'job' ? mayWork(performance.now()) : mayRead()
      if (isOpen) begin(as)
      else if (as === 'read' && reads.size >= waitingReads) throw shed(`${waitingReads} reads wait already`)
      else await wait(as)
    },
    /** What had entered has ended, after this time. */
    leave(as: LoadFor, tookMs: number): void {
      running -= 1
      runningOf[as] -= 1
      const share = limit()
      if (as === 'job' && share < 1)
        restUntil = performance.now() + Math.min(maxRestMs, tookMs * (1 / share - 1))
      letIn()
    },
    /** The limit may have grown. */
    letIn,
    stop: () => clearTimeout(wake),
  }
}

function letInWhile(waiting: Set<() => void>, isOpen: () => boolean): void {
  for (const enter of waiting) {
    if (!isOpen()) return
    waiting.delete(enter)
    enter()
  }
}
