import type { Keys } from './keys.ts'
import { asked, type CacheRedis } from './scripts.ts'

/** Which recorded changes have been invalidated directly, so that the relay need not throw away what was filled since. */
export interface Confirmations {
  /** Only after the invalidation was answered: Redis may lose this note, but never keep it and lose the invalidation. */
  note(worldId: string, outboxId: string): Promise<void>
  /** For each, whether it is noted. */
  have(nodes: readonly { worldId: string; id: string }[]): Promise<boolean[]>
}

/** Longer than the relay takes to come by. */
const noteMs = 60_000

export function createConfirmations({ redis, keys }: { redis: CacheRedis; keys: Keys }): Confirmations {
  return {
    async note(worldId, outboxId) {
      await asked(redis.set(keys.confirmed(worldId, outboxId), '', 'PX', noteMs))
    },

    async have(nodes) {
      const found = await asked(
        Promise.all(nodes.map(({ worldId, id }) => redis.exists(keys.confirmed(worldId, id)))),
      )
      return found.map(count => count === 1)
    },
  }
}
