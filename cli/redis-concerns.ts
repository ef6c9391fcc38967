import { type Hearth, partsOf } from '../hearth/hearth.ts'
import { withoutPassword } from '../resilience/server-words.ts'
import { queuePlace, type RedisConfig } from './connect.ts'
import { type Concerns, checkCacheRedis, checkQueueRedis } from './start-checks.ts'

/** What would hurt later, of the Redis that are used. */
export async function redisConcerns(hearth: Hearth, config: RedisConfig): Promise<Concerns[]> {
  const { cache, producer } = partsOf(hearth)
  const { address } = queuePlace(config)
  const queue = { name: `the queues' Redis at ${withoutPassword(address)}`, info: await producer.info() }
  const wanted = { durable: process.env.NODE_ENV === 'production', replicas: config.queueReplicas }
  const concerns = [checkQueueRedis(queue, wanted)]
  if (address !== config.redisUrl) {
    const name = `the cache's Redis at ${withoutPassword(config.redisUrl)}`
    const info = await cache.redis.info()
    concerns.push(checkCacheRedis({ name, info }, { replicas: config.cacheReplicas }))
  }
  return concerns
}
