import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleAll,
} from 'cockatiel'
import { within } from './within.ts'

/**
 * Whether a server is asked at all: a circuit breaker (Nygard, "Release It!", 2007) that learns from a probe of its own
 * and not from the questions of others. So a question costs nothing more than a look at `closed`, and none of them has
 * to be the one that finds out whether the server is back.
 */
export interface Breaker {
  readonly closed: boolean
  /** The last time that the probe was answered, by `performance.now()`. */
  readonly answeredAt: number
  /** Why it is open, or was the last time. */
  readonly reason: unknown
  /** A question was not answered: probes now. Many at once are one. */
  suspect(): void
  /** Rejects when the breaker opens while `work` is under way, with what `failure` makes of the reason. */
  guard<T>(work: Promise<T>, failure: (reason: unknown) => Error): Promise<T>
  /** Resolves when it is closed, or when `signal` is aborted. */
  untilClosed(signal?: AbortSignal): Promise<void>
  /** Ends the probing. Safe twice. */
  stop(): void
}

export interface BreakerOptions {
  /** Asks the smallest thing that shows that the server does its work. */
  probe(): Promise<unknown>
  /** How long an answer may take. Milliseconds. */
  limitMs: number
  /** How often to probe while closed; 0 only when something is suspected. Milliseconds. */
  everyMs: number
  /** How long after it has opened the first probe may be sent; the pause doubles, to eight times that. Milliseconds, default 100. */
  firstRetryMs?: number
  onChange?(closed: boolean): void
}

/** One probe may be lost to a hiccup, two in a row are an outage. */
const strikes = 2

export function createBreaker(options: BreakerOptions): Breaker {
  const { probe, limitMs, everyMs, firstRetryMs = 100, onChange = () => {} } = options
  const policy = circuitBreaker(handleAll, {
    breaker: new ConsecutiveBreaker(strikes),
    halfOpenAfter: new ExponentialBackoff({ initialDelay: firstRetryMs, maxDelay: firstRetryMs * 8 }),
  })
  const waiting = new Set<(closed: boolean) => void>()
  let closed = true
  let answeredAt = performance.now()
  let reason: unknown
  let looking = false
  let stopped = false
  let retry: NodeJS.Timeout | undefined

  policy.onStateChange(() => {
    const now = policy.state === CircuitState.Closed
    if (now === closed || policy.state === CircuitState.HalfOpen) return
    closed = now
    for (const hear of [...waiting]) hear(closed)
    onChange(closed)
  })

  const asked = () => within(limitMs, probe(), () => new Error(`no answer within ${limitMs} ms`))

  async function look(): Promise<void> {
    if (looking || stopped) return
    looking = true
    try {
      do {
        const failed = await policy.execute(asked).then(
          () => false,
          error => {
            if (!(error instanceof BrokenCircuitError)) reason = error
            return true
          },
        )
        if (!failed) {
          answeredAt = performance.now()
          break
        }
      } while (closed && !stopped)
    } finally {
      looking = false
    }
    clearTimeout(retry)
    if (!closed && !stopped) retry = setTimeout(look, firstRetryMs / 2).unref()
  }

  const timer = everyMs > 0 ? setInterval(look, everyMs).unref() : undefined

  return {
    get closed() {
      return closed
    },
    get answeredAt() {
      return answeredAt
    },
    get reason() {
      return reason
    },
    suspect() {
      if (closed) void look()
    },
    async guard(work, failure) {
      let hear: (closed: boolean) => void = () => {}
      const opened = new Promise<never>((_, reject) => {
        hear = isClosed => {
          if (!isClosed) reject(failure(reason))
        }
        waiting.add(hear)
      })
      try {
        return await Promise.race([work, opened])
      } finally {
        waiting.delete(hear)
      }
    },
    untilClosed(signal) {
      if (closed || signal?.aborted) return Promise.resolve()
      return new Promise(resolve => {
        const done = () => {
          waiting.delete(hear)
          signal?.removeEventListener('abort', done)
          resolve()
        }
        const hear = (isClosed: boolean) => {
          if (isClosed) done()
        }
        waiting.add(hear)
        signal?.addEventListener('abort', done)
      })
    },
    stop() {
      stopped = true
      clearInterval(timer)
      clearTimeout(retry)
    },
  }
}
