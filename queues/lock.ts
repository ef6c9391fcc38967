import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { queueScript } from './redis.ts'

/**
 * A lock in the queues' Redis: the token of its holder, renewed three times in its life. Two never hold it at a time
 * while the clocks of this machine and of Redis go equally fast and Redis keeps what it has answered. Where it does not
 * (a crash within the second before it writes its file), two may hold it for the rest of one life: the work must bear that.
 */
export interface Lock {
  readonly token: string
  /** False as soon as, by this process's clock, it may have run out. */
  isHeld(): boolean
  /** Aborted then; by a timer, so where this process is busy later than `isHeld` says it. */
  readonly lost: AbortSignal
  /** Renews it before its turn. Never rejects. */
  renew(): Promise<void>
  /** Renews it no more: it runs out by itself. */
  abandon(): void
  /** Gives it back. Never rejects. */
  release(): Promise<void>
}

export interface LockOptions {
  redis: Redis
  key: string
  /** How long after the death of its holder another may take it. Milliseconds. */
  lifeMs: number
  token?: string
}

/** The rest is for clocks that do not go equally fast. */
const shareOfLife = 0.95

const take = queueScript('take-lock')
const replace = queueScript('replace')

/** Undefined where another holds it. Rejects with `QueueUnavailable`. */
export async function takeLock(options: LockOptions): Promise<Lock | undefined> {
  const { redis, key, lifeMs, token = randomUUID() } = options
  const askedAt = performance.now()
  if ((await take(redis, [key], [token, lifeMs])) !== 1) return undefined
  return keepLock({ ...options, token, askedAt })
}

/** Gives a lock back, so that another need not wait until it runs out. Leaves one of another token. Never rejects. */
export async function releaseLock(lock: Omit<Required<LockOptions>, 'lifeMs'>): Promise<void> {
  const { redis, key, token } = lock
  await replace(redis, [key], [token, '']).catch(() => {}) // else it runs out
}

/**
 * Keeps a lock that was taken. Its life counts from before Redis was asked for it (`askedAt`, by `performance.now()`),
 * since Redis may have heard that at once, and its answer been late.
 */
export function keepLock(options: Required<LockOptions> & { askedAt: number }): Lock {
  const { redis, key, lifeMs, token } = options
  const losing = new AbortController()
  let heldUntil = 0
  let lapsing: NodeJS.Timeout | undefined
  const renewing = setInterval(renew, lifeMs / 3)

  function holdFrom(askedAt: number): void {
    heldUntil = Math.max(heldUntil, askedAt + lifeMs * shareOfLife)
    clearTimeout(lapsing)
    lapsing = setTimeout(lose, heldUntil - performance.now())
  }

  async function renew(): Promise<void> {
    const renewedAt = performance.now()
    const answer = await take(redis, [key], [token, lifeMs]).catch(() => undefined)
    if (heldUntil === 0) return
    // Without an answer nothing is known, and what was known stands until it lapses.
    if (answer === 1) holdFrom(renewedAt)
    if (answer === 0) lose()
  }

  function abandon(): void {
    heldUntil = 0
    clearInterval(renewing)
    clearTimeout(lapsing)
  }

  function lose(): void {
    abandon()
    losing.abort(new Error('the lock could not be renewed in time'))
  }

  holdFrom(options.askedAt)
  return {
    token,
    isHeld: () => performance.now() < heldUntil,
    lost: losing.signal,
    renew,
    abandon,
    release() {
      abandon()
      return releaseLock(options)
    },
  }
}
