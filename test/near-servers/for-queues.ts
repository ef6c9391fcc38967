import { checkQueueRedis } from '../../cli/start-checks.ts'
import { createIdempotency } from '../../queues/idempotency.ts'
import { impatient, openStore } from '../../queues/redis.ts'

/**
 * Whether the start check takes this server for the queues. Throws where it takes one that cannot keep idempotency
 * keys, or refuses one that can.
 */
export async function takenForQueues(url: string): Promise<'yes' | 'refused'> {
  const store = openStore({ address: url, prefix: 'start-check' }, { ...impatient, enableOfflineQueue: true })
  try {
    const info = await store.redis.info()
    const { refused } = checkQueueRedis({ name: 'it', info }, { durable: false })
    const taken = refused.length === 0
    const begun = await createIdempotency(store)
      .begin('who', 'key', 'request')
      .catch(() => undefined)
    if (taken !== (begun?.state === 'new')) {
      throw new Error(
        `the start check is wrong: ${refused.join('; ') || 'it takes a server without SET NX GET'}`,
      )
    }
    return taken ? 'yes' : 'refused'
  } finally {
    store.redis.disconnect()
  }
}
