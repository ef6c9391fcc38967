import { type EventLoopUtilization, performance as node } from 'node:perf_hooks'
import { createAdaptiveLimit } from './adaptive-limit.ts'
import { createLatenessByLeast, createLatenessByQuiet } from './lateness.ts'

export interface LoadPaceOptions {
  /** The most loads at a time. Default 16. */
  most?: number
  /**
   * How many times as long the game's writes may take while jobs load, as without. Less warms more slowly. Default 1.5.
   */
  maxSlowdown?: number
}

/**
 * Writes as the game does, and changes nothing. Answers a mark, which is another one if something was written to the
 * source since the last.
 */
export type WriteProbe = () => Promise<string>

interface LoadPaceDeps extends LoadPaceOptions {
  probe: WriteProbe
  /** Loads of jobs: `held` keeps them from beginning. */
  jobs: { readonly running: number; held: boolean }
  /** Whether any load runs, or waits. */
  isBusy(): boolean
  /** The limit may have grown. */
  onChange(): void
}

/** How often the loads of jobs rest for a moment. All processes do at the same moments of the clock: others load, too. */
const quietEveryMs = 250
/** How long: until loads that run in this process and in others have ended. */
const restMs = { least: 15, most: 200 }
const probeEveryMs = 50
const soonMs = 10
/** How long the game counts as writing after a write. */
const writingMs = 5_000
/** It goes on for so long after the last load, or each would begin anew. */
const lingerMs = 500

const lateShare = 0.05
/** One load at a time at most: what the game waits for is the one that runs. */
const besideGameRange = { start: 0.1, least: 0.05, most: 1 }

/**
 * How many loads may run at a time, so that the game's own writes are as quick as `maxSlowdown` wants them. It measures a
 * write like theirs beside loads, and, in short rests, without. Loads themselves say little, as one loads one entity and
 * the next five hundred.
 *
 * While nothing is written, nothing can be slowed down: then only a source that is overburdened lowers the limit, down
 * to one load at a time.
 */
export function createLoadPace(deps: LoadPaceDeps) {
  const { probe, jobs, most = 16, maxSlowdown = 1.5 } = deps
  const besideGame = createAdaptiveLimit({ ...besideGameRange, lateShare })
  const alone = createAdaptiveLimit({ most, least: 1, lateShare: 0.1 })
  const byQuiet = createLatenessByQuiet({ maxSlowdown, lateShare })
  const byLeast = createLatenessByLeast()
  const byLeastBesideGame = createLatenessByLeast({ times: 2 * maxSlowdown })
  let following = false
  let stopped = false
  let mark: string | undefined
  let writtenAt = Number.NEGATIVE_INFINITY
  let isKnown = false

  /** Until two probes have found nothing written in between, the game may write. */
  const isWriting = () => !isKnown || performance.now() - writtenAt < writingMs

  /** How long a write takes. Undefined where it failed, or this process itself was too busy to notice its end. */
  async function measured(): Promise<number | undefined> {
    const from = performance.now()
    const loop = node.eventLoopUtilization()
    const found = await probe().catch(() => undefined)
    const ms = performance.now() - from
    isKnown ||= found === undefined || mark !== undefined
    if (found === undefined) return undefined // how long it takes to fail says nothing
    if (mark !== undefined && mark !== found) writtenAt = performance.now()
    mark = found
    return isOwnDelay(ms, node.eventLoopUtilization(loop)) ? undefined : ms
  }

  async function measureQuiet(): Promise<void> {
    jobs.held = true
    let waited = 0
    for (; waited < restMs.least || (jobs.running > 0 && waited < restMs.most); waited += 5) await pause(5)
    const ms = jobs.running === 0 ? await measured() : undefined
    jobs.held = false
    if (ms !== undefined) byQuiet.quiet(ms)
  }

  async function measureBusy(): Promise<void> {
    const ms = await measured()
    if (ms === undefined) return
    alone.answered(byLeast.isLate(ms))
    // What is usual may itself be slow, where the source has not yet done with what came before the rest.
    const isFarFromLeast = byLeastBesideGame.isLate(ms)
    besideGame.answered(isFarFromLeast || byQuiet.isLate(ms) === true)
  }

  async function untilIdle(): Promise<void> {
    let busyAt = performance.now()
    await measured()
    await pause(soonMs)
    await measured() // so that it is known soon whether the game writes
    while (!stopped && performance.now() - busyAt < lingerMs) {
      const toQuietMs = quietEveryMs - (Date.now() % quietEveryMs)
      await pause(Math.min(probeEveryMs, toQuietMs))
      await (toQuietMs <= probeEveryMs ? measureQuiet() : measureBusy())
      deps.onChange()
      if (deps.isBusy()) busyAt = performance.now()
    }
    isKnown = false
    mark = undefined
  }

  return {
    get limit() {
      return isWriting() ? besideGame.value : alone.value
    },
    isWriting,
    /** Loads run: measures from now on, until none does any more. */
    async follow(): Promise<void> {
      if (following || stopped) return
      following = true
      await untilIdle()
      following = false
    },
    stop() {
      stopped = true
    },
  }
}

const isOwnDelay = (ms: number, { active }: EventLoopUtilization): boolean => active > ms / 2

/** Of a process that may end meanwhile. */
const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms).unref())
