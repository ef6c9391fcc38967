import type { Redis } from 'ioredis'
import { evaluate, scriptOf } from '../resilience/lua-script.ts'
import { queueAnswered } from './redis.ts'

/** A script of `lua/`; asked again where the server is left for another (see `queueAnswered`). */
export function queueScript(name: string) {
  const script = scriptOf(new URL(`./lua/${name}.lua`, import.meta.url))
  return (redis: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> =>
    queueAnswered(() => evaluate(redis, script, { keys, args }), { redis })
}
