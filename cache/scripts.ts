import { chunk } from 'es-toolkit'
import type { Cluster, Redis } from 'ioredis'
import { HearthError } from '../model/errors.ts'
import { isId } from '../model/ids.ts'
import { evaluate, type Script, scriptOf } from '../resilience/lua-script.ts'
import { reasonOf } from '../resilience/redis-words.ts'
import { isRefusal } from '../resilience/server-words.ts'

/** A connection to the cache: one server, or a cluster. */
export type CacheRedis = Redis | Cluster

export interface Scripts {
  readonly lease: Script
  readonly fill: Script
  readonly extend: Script
  readonly invalidate: Script
  readonly prepend: Script
}

const fileOf = (name: string): URL => new URL(`./lua/${name}.lua`, import.meta.url)

/** The script in `lua/` of this name. */
export const scriptNamed = (name: string): Script => scriptOf(fileOf(name))

/**
 * The same, after what it calls: `raise` raises a world's version, `index` notes entries in the world's index,
 * `keep-bookmarks` keeps bookmarks of the world.
 */
export const scriptAfter = (
  name: string,
  ...called: readonly ('raise' | 'index' | 'keep-bookmarks')[]
): Script => scriptOf(...called.map(fileOf), fileOf(name))

export const scripts: Scripts = {
  lease: scriptAfter('lease', 'index'),
  fill: scriptAfter('fill', 'raise', 'index'),
  extend: scriptAfter('extend', 'index'),
  invalidate: scriptAfter('invalidate', 'raise', 'keep-bookmarks'),
  prepend: scriptAfter('prepend', 'raise'),
}

/** What Redis answered; `CacheUnavailable` where it did not, or answered with an error, in its own words. */
export function asked<T>(answer: Promise<T>, redis?: CacheRedis): Promise<T> {
  return answer.catch(cause => {
    const reason = reasonOf(cause, redis)
    const what = isRefusal(reason) ? 'refused' : 'did not answer'
    throw new HearthError('CacheUnavailable', `the cache's Redis ${what}: ${reason}`, { cause })
  })
}

/** Whether Redis refused because there is something else at the key than what a command is for. */
export const isWrongType = (error: unknown): boolean =>
  error instanceof Error && (error.message.includes('WRONGTYPE') || isWrongType(error.cause))

/**
 * What Redis answered about a key that is ours alone. What another program has put there is of no use to any reader, and
 * would make every question about it fail: it is removed, and Redis is asked again.
 */
export async function askedOfOurs<T>(
  redis: CacheRedis,
  key: string,
  ask: (key: string) => Promise<T>,
): Promise<T> {
  try {
    return await asked(ask(key))
  } catch (error) {
    if (!isWrongType(error)) throw error
    await asked(redis.unlink(key))
    return asked(ask(key))
  }
}

/** `askedOfOurs` of this Redis. */
export const askOurs =
  (redis: CacheRedis) =>
  <T>(key: string, ask: (key: string) => Promise<T>): Promise<T> =>
    askedOfOurs(redis, key, ask)

export interface Scored {
  id: string
  score: number
}

/** What a sorted set's command answers WITHSCORES. What is no id is passed over: another program may have written any. */
export const scored = (flat: readonly string[]): Scored[] =>
  chunk(flat, 2).flatMap(([id = '', score]) => (isId(id) ? { id, score: Number(score) } : []))

/** What a script answers; `CacheUnavailable` as of `asked`. */
export const runScript = (
  redis: CacheRedis,
  script: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> => asked(evaluate(redis, script, { keys, args }), redis)
