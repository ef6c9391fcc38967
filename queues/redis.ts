import type { Redis } from 'ioredis'
import { HearthError } from '../model/errors.ts'
import { evaluate, type Script, scriptOf } from '../resilience/lua-script.ts'
import { despiteFailover } from '../resilience/redis-failover.ts'
import { addressOf } from '../resilience/redis-place.ts'
import { reasonOf, rememberErrors } from '../resilience/redis-words.ts'
import { isRefusal } from '../resilience/server-words.ts'
import { within } from '../resilience/within.ts'
import { prefixOf, type QueuePlace } from './connect.ts'
import { type OpenOptions, openRedis } from './open-redis.ts'
import type { SharedConnection } from './shared-connection.ts'

/** Where the queues are, and who hears of it when a connection to them is lost. */
export interface StorePlace extends QueuePlace {
  /** The process' connection there, to be shared. Default: one of its own. */
  connection?: SharedConnection | undefined
  onError?(error: Error): void
}

/** The queues' Redis for what is no queue, and what all keys there begin with. */
export interface QueueStore {
  redis: Redis
  prefix: string
}

/** Of a connection that is shared only the options of a `Patience` count. */
export function openStore(
  { connection, onError = () => {}, ...place }: StorePlace,
  options: OpenOptions = {},
): QueueStore {
  const redis = connection ? connection.view(options) : openRedis(place, options)
  redis.on('error', onError)
  return { redis: rememberErrors(redis), prefix: prefixOf(place) }
}

/** How long a command may wait for a server that takes writes. Milliseconds. */
const failoverMs = 1_000

/**
 * What Redis answered; `QueueUnavailable` where it did not, or answered with an error. A function is called again where
 * the server was left because it takes no writes. `redis`: the connection, whose last words and address the error has.
 * `limitMs`: for what goes over a connection that waits for ever, such as BullMQ's.
 */
export async function queueAnswered<T>(
  answer: Promise<T> | (() => Promise<T>),
  { redis, limitMs }: { redis?: Redis; limitMs?: number } = {},
): Promise<T> {
  try {
    const answering = typeof answer === 'function' ? despiteFailover(failoverMs, answer) : answer
    return await (limitMs === undefined ? answering : within(limitMs, answering))
  } catch (cause) {
    const where = redis ? ` at ${addressOf(redis.options)}` : ''
    const reason = reasonOf(cause, redis)
    const what = isRefusal(reason) ? 'refused' : 'did not answer'
    throw new HearthError('QueueUnavailable', `the queues' Redis${where} ${what}: ${reason}`, { cause })
  }
}

/** The script in `lua/` of this name. */
export const queueScriptNamed = (name: string): Script =>
  scriptOf(new URL(`./lua/${name}.lua`, import.meta.url))

/** A script of `lua/`; asked again where the server is left for another (see `queueAnswered`). */
export function queueScript(name: string) {
  const script = queueScriptNamed(name)
  return (redis: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> =>
    queueAnswered(() => evaluate(redis, script, { keys, args }), { redis })
}

/** For what is out of date when it comes late: a command that would wait for a lost connection, or be sent again, fails. */
export const nowOrNever = (commandTimeout: number) => ({
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
  commandTimeout,
})

/** For what a person or a request waits for: a command that cannot be answered soon fails. */
export const impatient = { maxRetriesPerRequest: 1, enableOfflineQueue: false, commandTimeout: 1_500 }
