/** A question to Redis that waits for its answer. */
export interface Waiting {
  readonly isSettled: boolean
  reject(error: Error): void
}

/**
 * Gives up on answers that take too long, without a timer for each: one timer looks through those that wait. Its turns
 * are what is counted, not the clock, so that a moment in which this process itself stood still is not held against Redis.
 */
export interface AnswerLimit {
  watch(waiting: Waiting): void
  stop(): void
}

const turnMs = 10

/**
 * @param limitMs how long Redis may take; a turn more may pass. Milliseconds.
 * @param paused whether what waits now is not held against Redis, as while the first connection is being made
 */
export function createAnswerLimit(limitMs: number, paused: () => boolean = () => false): AnswerLimit {
  const turns = Math.ceil(limitMs / turnMs)
  let now: Waiting[] = []
  /** What is unanswered of each of the turns before, the oldest first. */
  const before: Waiting[][] = []
  let quiet = 0
  let timer: NodeJS.Timeout | undefined

  function look(): void {
    if (paused()) return
    quiet = now.length === 0 ? quiet + 1 : 0
    if (quiet > turns) {
      stop()
      return
    }
    before.push(now.filter(({ isSettled }) => !isSettled)) // the others would be kept in memory
    now = []
    if (before.length < turns) return
    for (const waiting of before.shift() ?? []) {
      if (!waiting.isSettled) waiting.reject(new Error(`no answer within ${limitMs} ms`))
    }
  }

  function stop(): void {
    clearInterval(timer)
    timer = undefined
    before.length = 0
  }

  return {
    watch(waiting) {
      timer ??= setInterval(look, turnMs).unref()
      now.push(waiting)
    },
    stop,
  }
}
