import type { CacheRedis } from './scripts.ts'
import { asked } from './scripts.ts'

/**
 * How long the text at each key is, in bytes; 0 where there is none, also where another program has put something there
 * that is no text. Keys of a cluster have to be of one world, or `redis` the node that holds them.
 */
export async function sizesOf(redis: CacheRedis, keys: readonly string[]): Promise<number[]> {
  if (keys.length === 0) return []
  const pipeline = redis.pipeline()
  for (const key of keys) pipeline.strlen(key)
  const replies = (await asked(pipeline.exec())) ?? []
  const lost = replies.find(([error]) => error && !isAnswer(error))
  if (lost) await asked(Promise.reject(lost[0]))
  return replies.map(([error, bytes]) => (error ? 0 : (bytes as number)))
}

/** Redis' own refusal of one command: the others were answered. */
const isAnswer = (error: Error): boolean => error.name === 'ReplyError'

/** Whether a text of this length says that the truth does not exist. No other value of ours is as long. */
export const isAbsence = (bytes: number): boolean => bytes === 'null'.length
