import type { Breaker } from '../resilience/breaker.ts'

/**
 * Whether reads may rely on what Redis holds.
 *
 * `trusted`. `away`: it does not answer, or cannot be written to, so nothing in it can be made stale. `catching-up`: it
 * answers again, but changes that were made meanwhile may not have reached it.
 */
export type CacheState = 'trusted' | 'away' | 'catching-up'

export interface CacheStateTracker {
  /** Whether the state is `trusted`: what every read looks at. */
  readonly isTrusted: boolean
  readonly current: CacheState
  /** Changes reported later than this may not be in Redis, by `performance.now()`: its last answer before the first doubt. */
  readonly since: number
  /**
   * A change of this process did not reach Redis in time: it is not trusted before that is delivered, or `late`
   * resolves, the answer that was not waited for.
   */
  doubt(late?: Promise<unknown>): void
  /**
   * Which server will answer is not known: it is away until `same` resolves, since it is the one of before. Where that
   * rejects, recorded changes have to be delivered first, as after an outage.
   */
  suspend(same: Promise<unknown>): void
  /** What this process doubts for has been recorded by now: from here on it is waited for. */
  recorded(): void
  /** From now on nothing is reported: that a connection ends is no outage then. */
  stop(): void
}

/** Which recorded changes have to be delivered: those recorded so long ago. Milliseconds. */
export interface Recorded {
  atLeastMs: number
  atMostMs: number
}

interface CacheStateDeps {
  breaker: Pick<Breaker, 'closed' | 'answeredAt' | 'onChange'>
  /** Whether no change that was recorded in this span still waits. A rejection counts as no. */
  delivered(span: Recorded): Promise<boolean>
  onState(state: CacheState): void
}

/** A change that is being said when Redis comes back is recorded so much later, or else reaches Redis. */
const graceMs = 200
/** A change may be committed, and recorded, so long before its backend says it to a Redis that is away by then. */
const sayingMs = 60_000
const firstPauseMs = 25
const longestPauseMs = 1_000

/** See docs/outages.md for the argument. */
export function createCacheState({ breaker, delivered, onState }: CacheStateDeps): CacheStateTracker {
  let state: CacheState = 'trusted'
  let doubtedFrom: number | undefined
  let run = 0
  let stopped = false
  /** Answers that would end the doubt; undefined where only the outbox can. */
  let awaited: Set<Promise<unknown>> | undefined
  /** How often it is not known which server answers. */
  let unknown = 0

  function become(next: CacheState): void {
    if (next === state) return
    state = next
    if (!stopped) onState(next)
  }

  async function catchUp(): Promise<void> {
    if (unknown > 0) return // `suspend` goes on then
    const mine = ++run
    const backAt = performance.now() + graceMs
    become('catching-up')
    await pause(graceMs)
    for (let pauseMs = firstPauseMs; mine === run; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const askedAt = performance.now() // before the question: what was recorded before `backAt` is older than this
      const atMostMs = askedAt - (doubtedFrom ?? backAt) + sayingMs
      const all = await delivered({ atLeastMs: askedAt - backAt, atMostMs }).catch(() => false)
      if (mine !== run) return
      if (all) return trustAgain()
      await pause(pauseMs)
    }
  }

  function trustAgain(): void {
    run += 1
    doubtedFrom = undefined
    become('trusted')
  }

  function awaitLate(late: Promise<unknown>): void {
    const all = awaited
    all?.add(late)
    late.then(
      () => {
        all?.delete(late)
        if (all?.size === 0 && all === awaited && state === 'catching-up') trustAgain()
      },
      () => {
        if (all === awaited) awaited = undefined
      },
    )
  }

  breaker.onChange(closed => {
    doubtedFrom ??= breaker.answeredAt
    if (closed) return void catchUp()
    run += 1
    awaited = undefined
    become('away')
  })

  return {
    get isTrusted() {
      return state === 'trusted'
    },
    get current() {
      return state
    },
    get since() {
      return doubtedFrom ?? breaker.answeredAt
    },
    doubt(late) {
      doubtedFrom ??= breaker.answeredAt
      if (state === 'trusted') awaited = new Set()
      if (late) awaitLate(late)
      else awaited = undefined
      if (breaker.closed) void catchUp()
    },
    suspend(same) {
      unknown += 1
      doubtedFrom ??= breaker.answeredAt
      if (state === 'trusted') awaited = new Set()
      run += 1
      become('away')
      const isKnown = (isSame: boolean) => {
        unknown -= 1
        if (!isSame) awaited = undefined
        if (unknown > 0 || !breaker.closed) return
        if (awaited?.size === 0) trustAgain()
        else void catchUp()
      }
      same.then(
        () => isKnown(true),
        () => isKnown(false),
      )
    },
    recorded() {
      if (state === 'catching-up') void catchUp()
    },
    stop() {
      stopped = true
      run += 1
    },
  }
}

const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms).unref())
