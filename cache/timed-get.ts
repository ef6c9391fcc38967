import { Command } from 'ioredis'
import { createAnswerLimit, type Waiting } from './answer-limit.ts'
import type { CacheRedis } from './scripts.ts'

/** What is made of an answer, and of its failure. */
export interface Taking<T, R> {
  found(answer: T): R
  failed(error: unknown): R
}

/** GET and MGET that give up when Redis does not answer. */
export interface TimedGet {
  get<R>(key: string, taking: Taking<string | null, R>): Promise<R>
  mget<R>(keys: readonly string[], taking: Taking<(string | null)[], R>): Promise<R>
  stop(): void
}

/** With the limit of the connection alone. */
export const untimedGet = (redis: CacheRedis): TimedGet => ({
  get: (key, { found, failed }) => redis.get(key).then(found, failed),
  mget: (keys, { found, failed }) => redis.mget([...keys]).then(found, failed),
  stop: () => {},
})

const text = { replyEncoding: 'utf8' } as const

/**
 * @param limitMs how long Redis may take. Milliseconds.
 * @param connecting whether the first connection is still being made, which is not held against Redis
 */
export function createTimedGet(redis: CacheRedis, limitMs: number, connecting: () => boolean): TimedGet {
  const limit = createAnswerLimit(limitMs, connecting)

  // One reaction to an answer: each more is a turn of the queue of promises, in which other answers are parsed.
  function send<T, R>(command: Command, { found, failed }: Taking<T, R>): Promise<R> {
    const asked = new Asked(command)
    limit.watch(asked)
    return (redis.sendCommand(command) as Promise<T>).then(
      answer => {
        asked.forget()
        return found(answer)
      },
      error => {
        asked.forget()
        return failed(error)
      },
    )
  }

  return {
    get: (key, taking) => send(new Command('get', [key], text), taking),
    mget: (keys, taking) => send(new Command('mget', [...keys], text), taking),
    stop: limit.stop,
  }
}

/**
 * A command while it waits. A command holds its answer: if those of the last milliseconds were kept until the limit looks
 * at them, the collector would copy their texts.
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
