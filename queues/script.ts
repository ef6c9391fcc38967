import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Redis } from 'ioredis'
import { HearthError } from '../errors.ts'

/** What the queues' Redis answered; `QueueUnavailable` where it did not, or answered with an error. */
export async function answered<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new HearthError('QueueUnavailable', `the queues' Redis did not answer: ${reason}`, { cause })
  }
}

/** A script of `lua/`, run by its digest, and brought along where Redis has forgotten it. */
export function queueScript(name: string) {
  const source = readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8')
  const sha = createHash('sha1').update(source).digest('hex')
  return (redis: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> =>
    answered(
      redis.evalsha(sha, keys.length, ...keys, ...args).catch((error: Error) => {
        if (!error.message.startsWith('NOSCRIPT')) throw error
        return redis.eval(source, keys.length, ...keys, ...args)
      }),
    )
}
