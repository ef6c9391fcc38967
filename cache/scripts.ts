import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Cluster, Redis } from 'ioredis'
import { HearthError } from '../errors.ts'
import { reasonOf } from '../redis-words.ts'
import { isRefusal } from '../server-words.ts'

/** A connection to the cache: one server, or a cluster. */
export type CacheRedis = Redis | Cluster

/** A Lua script and the digest by which Redis knows it. */
export interface Script {
  readonly source: string
  readonly sha: string
}

export interface Scripts {
  readonly lease: Script
  readonly fill: Script
  readonly invalidate: Script
  readonly prepend: Script
}

export const script = (source: string): Script => ({
  source,
  sha: createHash('sha1').update(source).digest('hex'),
})

/** The script in `lua/` of this name. */
export const scriptNamed = (name: string): Script =>
  script(readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8'))

export const scripts: Scripts = {
  lease: scriptNamed('lease'),
  fill: scriptNamed('fill'),
  invalidate: scriptNamed('invalidate'),
  prepend: scriptNamed('prepend'),
}

/** What Redis answered; `CacheUnavailable` where it did not, or answered with an error, in its own words. */
export async function asked<T>(answer: Promise<T>, redis?: CacheRedis): Promise<T> {
  try {
    return await answer
  } catch (cause) {
    const reason = reasonOf(cause, redis)
    const what = isRefusal(reason) ? 'refused' : 'did not answer'
    throw new HearthError('CacheUnavailable', `the cache's Redis ${what}: ${reason}`, { cause })
  }
}

/** Whether Redis refused because there is something else at the key than what a command is for. */
export const isWrongType = (error: unknown): boolean =>
  error instanceof Error && (error.message.includes('WRONGTYPE') || isWrongType(error.cause))

/**
 * What Redis answered about a key that is ours alone. What another program has put there is of no use to any reader, and
 * would make every question about it fail: it is removed, and Redis is asked again.
 */
export async function askedOfOurs<T>(redis: CacheRedis, key: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await asked(ask())
  } catch (error) {
    if (!isWrongType(error)) throw error
    await asked(redis.unlink(key))
    return asked(ask())
  }
}

/** Runs a script by its digest, and brings it along where Redis has forgotten it (a restart, a SCRIPT FLUSH). */
export function runScript(
  redis: CacheRedis,
  { sha, source }: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  // ioredis takes a list as well, and a call no more than some 100,000 arguments.
  const given = [...keys, ...args] as unknown as string
  const answer = redis.evalsha(sha, keys.length, given).catch((error: Error) => {
    if (!error.message.startsWith('NOSCRIPT')) throw error
    return redis.eval(source, keys.length, given)
  })
  return asked(answer, redis)
}
