import { EventEmitter, once } from 'node:events'
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
export type Breaker = ReturnType<typeof createBreaker>

interface BreakerOptions {
  /** Asks the smallest thing that shows that the server does its work. */
  probe(): Promise<unknown>
  /** How long an answer may take. Milliseconds. */
  limitMs: number
  /** How often to probe while closed; 0 only when something is suspected. Milliseconds. */
  everyMs: number
  /** Asked then whether to probe. Default: yes. */
  isDue?(): boolean
  /** How long after it has opened the first probe may be sent; the pause doubles, to eight times that. Milliseconds, default 100. */
  firstRetryMs?: number
}

/** One probe may be lost to a hiccup, two in a row are an outage. */
const strikes = 2

export function createBreaker(options: BreakerOptions) {
  const { probe, limitMs, everyMs, isDue = () => true, firstRetryMs = 100 } = options
  const policy = circuitBreaker(handleAll, {
    breaker: new ConsecutiveBreaker(strikes),
    halfOpenAfter: new ExponentialBackoff({ initialDelay: firstRetryMs, maxDelay: firstRetryMs * 8 }),
  })
  const listeners: Listeners = new Set()
  const closing = new EventEmitter().setMaxListeners(0)
  let closed = true
  let answeredAt = performance.now()
  let reason: unknown
  let looking = false
  let stopped = false
  let retry: NodeJS.Timeout | undefined

  policy.onStateChange(() => {
    const isClosed = policy.state === CircuitState.Closed
    if (isClosed === closed || policy.state === CircuitState.HalfOpen) return
    closed = isClosed
    for (const hear of [...listeners]) hear(closed)
    if (closed) closing.emit('closed')
  })

  async function isAnswered(): Promise<boolean> {
    try {
      await policy.execute(() => within(limitMs, probe()))
      answeredAt = performance.now()
      return true
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) reason = error
      return false
    }
  }

  async function look(): Promise<void> {
    if (looking || stopped) return
    looking = true
    while (!(await isAnswered()) && closed && !stopped);
    looking = false
    clearTimeout(retry)
    if (!closed && !stopped) retry = setTimeout(look, firstRetryMs / 2).unref() // the policy decides whether it probes
  }

  const suspect = () => {
    if (closed) void look()
  }
  const whenDue = () => {
    if (isDue()) suspect()
  }
  const timer = everyMs > 0 ? setInterval(whenDue, everyMs).unref() : undefined

  return {
    get closed() {
      return closed
    },
    /** The last time that the probe was answered, by `performance.now()`. */
    get answeredAt() {
      return answeredAt
    },
    /** Why it is open, or was the last time. */
    get reason() {
      return reason
    },
    /** A question was not answered: probes now. Many at once are one. */
    suspect,
    /** Rejects when the breaker opens while `work` is under way, with what `failure` makes of the reason. */
    guard: <T>(work: Promise<T>, failure: (reason: unknown) => Error): Promise<T> =>
      unlessOpened(listeners, work, () => failure(reason)),
    /** Resolves when it is closed, or when `signal` is aborted. */
    async untilClosed(signal?: AbortSignal): Promise<void> {
      if (!closed) await once(closing, 'closed', { signal }).catch(() => {}) // aborted
    },
    /** Calls `listener` with each change from now on. */
    onChange: (listener: (closed: boolean) => void) => void listeners.add(listener),
    /** Ends the probing. Safe twice. */
    stop() {
      stopped = true
      clearInterval(timer)
      clearTimeout(retry)
    },
  }
}

type Listeners = Set<(closed: boolean) => void>

/** A listener for each work, not one promise for all: the reactions to one that lives long are never forgotten. */
async function unlessOpened<T>(listeners: Listeners, work: Promise<T>, failure: () => Error): Promise<T> {
  let hear: (closed: boolean) => void = () => {}
  const opened = new Promise<never>((_, reject) => {
    hear = isClosed => {
      if (!isClosed) reject(failure())
    }
    listeners.add(hear)
  })
  try {
    return await Promise.race([work, opened])
  } finally {
    listeners.delete(hear)
  }
}
