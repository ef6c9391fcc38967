import { HearthError } from '../model/errors.ts'
import type { Keys } from './keys.ts'
import { asked, type CacheRedis } from './scripts.ts'
import type { Shards } from './shards.ts'

/** Which recorded changes have been invalidated directly, so that the relay need not throw away what was filled since. */
export interface Confirmations {
  /** Only after the invalidation was answered: Redis may lose this note, but never keep it and lose the invalidation. */
  note(worldId: string, outboxId: string): Promise<void>
  /** For each, whether it is noted, as far as Redis answers. Rejects with `CacheUnavailable` where it answers about none. */
  have(nodes: readonly { worldId: string; id: string }[]): Promise<boolean[]>
}

/** Longer than the relay takes to come by. */
const noteMs = 60_000

interface ConfirmationsDeps {
  redis: CacheRedis
  keys: Keys
  shards: Pick<Shards, 'breakerOf'>
}

export function createConfirmations({ redis, keys, shards }: ConfirmationsDeps): Confirmations {
  async function isNoted(key: string): Promise<boolean> {
    const { closed, reason } = shards.breakerOf(key)
    if (!closed) throw new HearthError('CacheUnavailable', "the cache's Redis is away", { cause: reason })
    return (await asked(redis.exists(key))) === 1
  }

  return {
    async note(worldId, outboxId) {
      await asked(redis.set(keys.confirmed(worldId, outboxId), '', 'PX', noteMs))
    },

    async have(nodes) {
      const asking = nodes.map(({ worldId, id }) => isNoted(keys.confirmed(worldId, id)))
      const answers = await Promise.allSettled(asking)
      if (answers.length > 0 && answers.every(({ status }) => status === 'rejected')) await asking[0]
      return answers.map(answer => answer.status === 'fulfilled' && answer.value)
    },
  }
}
