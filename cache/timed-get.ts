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

  function send<T>(command: LimitedCommand): Promise<T> {
    limit.watch(command.waiting)
    return redis.sendCommand(command) as Promise<T>
  }

  return {
    get: key => send(new LimitedCommand('get', [key], text)),
    mget: keys => send(new LimitedCommand('mget', [...keys], text)),
    stop: limit.stop,
  }
}

/**
 * A command holds its answer, and the limit holds what it watches until it looks at it: the collector would copy the texts
 * of all answers of the last milliseconds. So the limit lets go of a command that has been answered.
 */
class LimitedCommand extends Command {
  readonly waiting = new WaitingCommand(this)

  override transformReply(result: Parameters<Command['transformReply']>[0]) {
    this.waiting.command = undefined
    return super.transformReply(result)
  }
}

class WaitingCommand implements Waiting {
  command: Command | undefined

  constructor(command: Command) {
    this.command = command
  }

  get isSettled(): boolean {
    return this.command?.isSettled ?? true
  }

  reject(error: Error): void {
    this.command?.reject(error)
  }
}
