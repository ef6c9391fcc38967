import { within } from '../resilience/within.ts'
import { type QueueStore, queueAnswered } from './redis.ts'

/** Every request of a login waits for the answer. Milliseconds. */
const limitMs = 250

/** Logins that were ended before their time, in the queues' Redis, so that no process accepts a copy of their cookie. */
export function createRevokedSessions({ redis, prefix }: QueueStore) {
  const key = (sessionId: string) => `${prefix}:logged-out:${sessionId}`
  /** Those that were ended here, and when they would have ended. */
  const here = new Map<string, number>()
  return {
    async note(sessionId: string, lifeMs: number): Promise<void> {
      for (const [id, endsAt] of here) if (endsAt <= Date.now()) here.delete(id)
      here.set(sessionId, Date.now() + lifeMs)
      const restMs = Math.max(1, Math.ceil(lifeMs))
      await queueAnswered(() => redis.set(key(sessionId), '', 'PX', restMs), { redis })
    },
    /**
     * False also where Redis does not answer: an operator must get in while it is away. What was ended in this process is
     * known to it all the same.
     */
    has: async (sessionId: string): Promise<boolean> =>
      here.has(sessionId) ||
      within(limitMs, redis.exists(key(sessionId))).then(
        found => found === 1,
        () => false,
      ),
  }
}
