import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Redis } from 'ioredis'
import { queueAnswered } from './redis.ts'

/** A script of `lua/`, run by its digest, and brought along where Redis has forgotten it. */
export function queueScript(name: string) {
  const source = readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8')
  const sha = createHash('sha1').update(source).digest('hex')
  return (redis: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> =>
    queueAnswered(() =>
      redis.evalsha(sha, keys.length, ...keys, ...args).catch((error: Error) => {
        if (!error.message.startsWith('NOSCRIPT')) throw error
        return redis.eval(source, keys.length, ...keys, ...args)
      }),
    )
}
