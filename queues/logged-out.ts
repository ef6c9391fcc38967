import { type QueueStore, queueAnswered } from './redis.ts'

/** Logins that were ended before their time, in the queues' Redis, so that no process accepts a copy of their cookie. */
export interface LoggedOut {
  note(sessionId: string, lifeMs: number): Promise<void>
  /** False also where Redis does not answer: an operator must get in while it is away. */
  has(sessionId: string): Promise<boolean>
}

export function createLoggedOut({ redis, prefix }: QueueStore): LoggedOut {
  const key = (sessionId: string) => `${prefix}:logged-out:${sessionId}`
  return {
    async note(sessionId, lifeMs) {
      const restMs = Math.max(1, Math.ceil(lifeMs))
      await queueAnswered(() => redis.set(key(sessionId), '', 'PX', restMs))
    },
    has: sessionId =>
      redis.exists(key(sessionId)).then(
        found => found === 1,
        () => false,
      ),
  }
}
