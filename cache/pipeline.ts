import type { ChainableCommander } from 'ioredis'
import { asked, type CacheRedis } from './scripts.ts'

/**
 * Sends commands together, all to keys of one world, and answers their replies. `CacheUnavailable` where Redis did
 * not answer, or answered any of them with an error; the others may have been done.
 */
export async function pipelined(
  redis: CacheRedis,
  fill: (pipeline: ChainableCommander) => void,
): Promise<unknown[]> {
  const pipeline = redis.pipeline()
  fill(pipeline)
  const replies = (await asked(pipeline.exec())) ?? []
  return asked(
    Promise.all(
      replies.map(([error, reply]) => {
        if (error) throw error
        return reply
      }),
    ),
  )
}
