import { Command } from 'ioredis'
import { createAnswerLimit, type Waiting } from './answer-limit.ts'
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

  const send = <T>(command: Command): Promise<T> => redis.sendCommand(command) as Promise<T>

  return {
    get(key) {
      const command = new Command('get', [key], text)
      limit.watch(command)
      return send(command)
    },
    async mget(keys) {
      const command = new Command('mget', [...keys], text)
      const asked = new Asked(command)
      limit.watch(asked)
      try {
        return await send<(string | null)[]>(command)
      } finally {
        asked.forget()
      }
    },
    stop: limit.stop,
  }
}

/**
 * A command while it waits. A command holds its answer: if the hundred texts of each MGET were kept until the limit looks
 * at it, the collector would copy them. A single text costs the collector less than this costs.
 */
class Asked implements Waiting {
  #command: Command | undefined

  constructor(command: Command) {
    this.#command = command
  }

  get isSettled(): boolean {
    return this.#command === undefined
  }

  reject(error: Error): void {
    this.#command?.reject(error)
  }

  forget(): void {
    this.#command = undefined
  }
}
