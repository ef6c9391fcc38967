/** A round trip on the connection that gets the invalidations. */
export interface Fence {
  /** When it was sent, by `performance.now()`; undefined where it did not come back. */
  readonly sentAt?: number
  /** Why: Redis did not answer in time. Undefined where the connection was lost. */
  readonly unanswered?: Error
}

/**
 * A fence answers the question whether all invalidations have arrived: Redis writes them into the same connection while the
 * change runs, before its writer is answered, and answers keep their order. So when a fence is back, every change that was
 * acknowledged before it was sent has arrived.
 */
export interface Fences {
  /**
   * Resolves when a fence is back that was sent after this call. All calls of one turn of the event loop share a fence, and
   * no call joins one that is under way: Redis may have answered it before a change that was acknowledged before the call.
   * Never rejects.
   */
  pass(): Promise<Fence>
  /** When the newest fence that is back was sent, by `performance.now()`; -Infinity before the first. */
  readonly lastSentAt: number
}

interface FencesDeps {
  /** One round trip. False where the connection was lost. Rejects where Redis does not answer in time. */
  send(): Promise<boolean>
  onPassed(seconds: number): void
}

export function createFences({ send, onPassed }: FencesDeps): Fences {
  let next: Promise<Fence> | undefined
  let lastSentAt = Number.NEGATIVE_INFINITY

  const turnEnds = () => new Promise<void>(resolve => setImmediate(resolve))

  async function pass(): Promise<Fence> {
    await turnEnds()
    next = undefined // from here on, callers get another one
    const sentAt = performance.now()
    try {
      if (!(await send())) return {}
    } catch (error) {
      return { unanswered: error as Error }
    }
    lastSentAt = Math.max(lastSentAt, sentAt)
    onPassed((performance.now() - sentAt) / 1_000)
    return { sentAt }
  }

  return {
    pass() {
      next ??= pass()
      return next
    },
    get lastSentAt() {
      return lastSentAt
    },
  }
}
