import { HearthError } from '../errors.ts'
import { createLoadLimit, type LoadLimitOptions } from './load-limit.ts'
import type { World } from './world.ts'

/** For whom a load is: the game's reads go first, and are refused rather than kept waiting. */
export type LoadFor = 'read' | 'job'

/** Lets so many loads of one process through at a time as the truth bears. */
export interface LoadGate {
  /** The world, its loads through the gate. Its writes and its outbox are not held up. */
  through(world: World, as: LoadFor): World
  /** What it lets through now: a part of one means rests between. */
  readonly limit: number
  readonly running: number
  stop(): void
}

export interface LoadGateOptions extends LoadLimitOptions {
  /** How many reads may wait for their turn; one more is refused with `Overloaded`. Default 2,000. */
  waitingReads?: number
  /**
   * How long a read may wait for its turn before it is refused. Milliseconds, default 5,000: a Neo4j that has
   * just been started plans its first queries for seconds.
   */
  waitMs?: number
  /** Reads may always run so many loads at a time. Default 4. */
  leastReads?: number
  /** Hears of reads that were refused. */
  onShed?(reads: number): void
}

interface LoadGateDeps extends LoadGateOptions {
  /** Without it the limit stays where it begins to be: at `most`. */
  ping?: (() => Promise<void>) | undefined
}

const pingEveryMs = 50
/** Entities that a job loads by one query: some milliseconds of one of Neo4j's threads. */
const jobPart = 100
/** Where the limit is so low that a rest would be longer, the job goes on all the same. */
const longestRestMs = 2_000

export function createLoadGate({
  ping,
  waitingReads = 2_000,
  waitMs = 5_000,
  leastReads = 4,
  onShed = () => {},
  most = 16,
  ...limits
}: LoadGateDeps): LoadGate {
  const limit = createLoadLimit({ most, ...limits })
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

  async function run<T>(as: LoadFor, load: () => Promise<T>): Promise<T> {
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

  /** A job's load in parts, one after the other, so that nobody waits long for the one that runs. */
  async function inParts<I, O>(
    as: LoadFor,
    items: readonly I[],
    load: (some: readonly I[]) => Promise<O[]>,
  ): Promise<O[]> {
    if (as === 'read' || items.length <= jobPart) return run(as, () => load(items))
    const found: O[][] = []
    for (let from = 0; from < items.length; from += jobPart) {
      found.push(await run(as, () => load(items.slice(from, from + jobPart))))
    }
    return found.flat()
  }

  return {
    through: (world, as) => {
      const gated: Partial<World> = {
        flags: worldId => run(as, () => world.flags(worldId)),
        snapshot: worldId => run(as, () => world.snapshot(worldId)),
        entities: (worldId, refs) => inParts(as, refs, some => world.entities(worldId, some)),
        timelines: (worldId, ids, limit) => inParts(as, ids, some => world.timelines(worldId, some, limit)),
        members: (worldId, page) => run(as, () => world.members(worldId, page)),
      }
      return Object.assign(Object.create(world), gated)
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
