import { Command } from 'ioredis'
import type { CacheRedis } from './scripts.ts'

/**
 * GET and MGET that give up when Redis does not answer, without a timer for each: one timer looks through those that
 * wait. Its turns are what is counted, not the clock, so that a moment in which this process itself stood still is not
 * held against Redis.
 */
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

const turnMs = 10
const text = { replyEncoding: 'utf8' } as const

/**
 * @param limitMs how long Redis may take; a turn more may pass. Milliseconds.
 * @param connecting whether the first connection is still being made, which is not held against Redis either
 */
export function createTimedGet(redis: CacheRedis, limitMs: number, connecting: () => boolean): TimedGet {
  const turns = Math.ceil(limitMs / turnMs)
  let now: Command[] = []
  /** What is unanswered of each of the turns before, the oldest first. */
  const before: Command[][] = []
  let quiet = 0
  let timer: NodeJS.Timeout | undefined

  function look(): void {
    if (connecting()) return
    quiet = now.length === 0 ? quiet + 1 : 0
    if (quiet > turns) {
      stop()
      return
    }
    before.push(now.filter(({ isSettled }) => !isSettled)) // the others would be kept in memory
    now = []
    if (before.length < turns) return
    for (const command of before.shift() ?? []) {
      if (!command.isSettled) command.reject(new Error(`no answer within ${limitMs} ms`))
    }
  }

  function send<T>(command: Command): Promise<T> {
    timer ??= setInterval(look, turnMs).unref()
    now.push(command)
    return redis.sendCommand(command) as Promise<T>
  }

  function stop(): void {
    clearInterval(timer)
    timer = undefined
    before.length = 0
  }

  return {
    get(key) {
      return send(new Command('get', [key], text))
    },
    mget(keys) {
      return send(new Command('mget', [...keys], text))
    },
    stop,
  }
}
