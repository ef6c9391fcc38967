import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Redis } from 'ioredis'
import { queueAnswered } from './redis.ts'

/** A script of `lua/`, run by its digest, and brought along where Redis has forgotten it. */
export function queueScript(name: string) {
  const source = readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8')
  const sha = createHash('sha1').update(source).digest('hex')
  return (redis: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> => {
    // ioredis takes a list as well, and a call no more than some 100,000 arguments.
    const given = [...keys, ...args] as unknown as string
    return queueAnswered(
      () =>
        redis.evalsha(sha, keys.length, given).catch((error: Error) => {
          if (!error.message.startsWith('NOSCRIPT')) throw error
          return redis.eval(source, keys.length, given)
        }),
      { redis },
    )
  }
}
