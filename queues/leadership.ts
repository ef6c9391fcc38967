import { randomUUID } from 'node:crypto'
import { once } from 'es-toolkit'
import { type Lock, releaseLock, takeLock } from './lock.ts'
import { nowOrNever, openStore, type QueueStore, queueAnswered, type StorePlace } from './redis.ts'

/** One acting among many, by a lock in the queues' Redis. */
export type Leadership = ReturnType<typeof createLeadership>

export interface LeadershipOptions extends StorePlace {
  /** What is led: `relay`. */
  name: string
  /** How long after the death of the one that acts another may begin. Milliseconds, default 3,000. */
  lifeMs?: number
  /** Is called when this process begins to act, and when it has ceased: a part of the life later than `leads()` says it. */
  onChange?(leads: boolean): void
}

const leaderKey = (prefix: string, name: string) => `${prefix}:leader:${name}`

/** Whether any process leads. Rejects with `QueueUnavailable`. */
export const isLed = async ({ redis, prefix }: QueueStore, name: string): Promise<boolean> =>
  (await queueAnswered(redis.exists(leaderKey(prefix, name)))) === 1

/** Takes the lock or waits for it, as often as it is lost. */
export function createLeadership(options: LeadershipOptions) {
  const { name, lifeMs = 3_000, onChange = () => {} } = options
  const everyMs = lifeMs / 3
  const { redis, prefix } = openStore(options, { ...nowOrNever(everyMs), use: 'leadership' })
  // One token for all that it takes, so that a lock which was lost without an answer is no other's.
  const wanted = { redis, key: leaderKey(prefix, name), lifeMs, token: randomUUID() }

  let lock: Lock | undefined
  let asking = false
  let isClosed = false

  async function contend(): Promise<void> {
    if (asking || lock || isClosed) return
    asking = true
    const taken = await takeLock(wanted).catch(() => undefined)
    asking = false
    if (!taken) return
    if (isClosed) return taken.abandon()
    lock = taken
    taken.lost.addEventListener('abort', cease)
    onChange(true)
  }

  function cease(): void {
    lock = undefined
    onChange(false)
  }

  const contending = setInterval(contend, everyMs)
  redis.on('ready', () => (lock ? lock.renew() : contend()))

  return {
    /** Whether this process is the one that acts: false as soon as, by its own clock, the lock may have run out. */
    leads: () => lock?.isHeld() ?? false,
    /** Gives the lock back. Safe twice. */
    close: once(async () => {
      clearInterval(contending)
      isClosed = true
      lock?.abandon()
      if (lock) cease()
      await releaseLock(wanted) // also what is being taken
      redis.disconnect()
    }),
  }
}
