import { Command } from 'ioredis'
import { createAnswerLimit } from './answer-limit.ts'
import type { CacheRedis } from './scripts.ts'

/** GET and MGET that give up when Redis does not answer. */
export interface TimedGet {
  get(key: string): Promise<string | null>
  mget(keys: readonly string[]): Promise<(string | null)[]>
  stop(): void
}

/** With the limit of the connection alone. */
export const untimedGet = (redis: CacheRedis): TimedGet => ({
  get: key => redis.get(key),
  mget: keys => redis.mget([...keys]),
  stop: () => {},
})

const text = { replyEncoding: 'utf8' } as const

/**
 * @param limitMs how long Redis may take. Milliseconds.
 * @param connecting whether the first connection is still being made, which is not held against Redis
 */
export function createTimedGet(redis: CacheRedis, limitMs: number, connecting: () => boolean): TimedGet {
  const limit = createAnswerLimit(limitMs, connecting)

  function send<T>(command: Command): Promise<T> {
    limit.watch(command)
    return redis.sendCommand(command) as Promise<T>
  }

  return {
    get: key => send(new Command('get', [key], text)),
    mget: keys => send(new Command('mget', [...keys], text)),
    stop: limit.stop,
  }
}
