import type { ChainableCommander } from 'ioredis'
import { asked, type CacheRedis } from './scripts.ts'

/**
 * Sends commands together, all to keys of one world, and answers their replies. `CacheUnavailable` where Redis did
 * not answer, or refused any of them, unless there is something to answer `inPlaceOfRefused`; the others may have been done.
 */
export async function pipelined(
  redis: CacheRedis,
  fill: (pipeline: ChainableCommander) => void,
  inPlaceOfRefused?: unknown,
): Promise<unknown[]> {
  const pipeline = redis.pipeline()
  fill(pipeline)
  const replies = (await asked(pipeline.exec())) ?? []
  const isBearable = (error: Error) => inPlaceOfRefused !== undefined && error.name === 'ReplyError'
  const failed = replies.find(([error]) => error && !isBearable(error))
  if (failed) await asked(Promise.reject(failed[0]))
  return replies.map(([error, reply]) => (error ? inPlaceOfRefused : reply))
}
