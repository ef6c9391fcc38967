import { chunk } from 'es-toolkit'
import { HearthError } from '../model/errors.ts'
import type { Breaker } from '../resilience/breaker.ts'
import type { Script } from '../resilience/lua-script.ts'
import { within } from '../resilience/within.ts'
import { type CacheRedis, runScript } from './scripts.ts'

/** What a script answers; `CacheUnavailable` where Redis does not answer, or not within `limitMs`. */
export type RunScript = (
  script: Script,
  keys: readonly string[],
  how: { args: readonly (string | number)[]; limitMs?: number | undefined },
) => Promise<unknown>

/** Has Redis run a script. `CacheUnavailable` where it does not answer. */
export type Evaluate = (
  script: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
) => Promise<unknown>

export const scriptsOn =
  (redis: CacheRedis): Evaluate =>
  (script, keys, args) =>
    runScript(redis, script, keys, args)

/** Runs scripts while the breaker of their keys is closed; fails at once while it is open. */
export const createRunScript =
  (evaluate: Evaluate, breakerOf: (key: string) => Pick<Breaker, 'closed' | 'suspect'>): RunScript =>
  (script, keys, { args, limitMs }) => {
    const breaker = breakerOf(keys[0] as string)
    if (!breaker.closed) return Promise.reject(isAway())
    const answer = evaluate(script, keys, args)
    const inTime = limitMs === undefined ? answer : within(limitMs, answer, () => lateAnswer(limitMs))
    return inTime.catch(error => {
      breaker.suspect()
      throw error
    })
  }

const isAway = () => new HearthError('CacheUnavailable', "the cache's Redis is away")

const lateAnswer = (limitMs: number) =>
  new HearthError('CacheUnavailable', `the cache's Redis did not answer within ${limitMs} ms`)

/** Few enough that one script call keeps Redis busy for a millisecond or two, even with values of many kB. */
const itemsPerCall = 128

/** What calls of some items each answer, in one list. Without items it is one call as well. */
export async function inCalls<T>(
  items: readonly T[],
  call: (batch: readonly T[]) => Promise<unknown>,
): Promise<unknown[]> {
  const batches = items.length > itemsPerCall ? chunk(items, itemsPerCall) : [items]
  return (await Promise.all(batches.map(call))).flat(1)
}
