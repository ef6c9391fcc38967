import { pipelined } from './pipeline.ts'
import type { CacheRedis } from './scripts.ts'

/**
 * How long the text at each key is, in bytes; 0 where there is none, also where another program has put something there
 * that is no text. Keys of a cluster have to be of one world, or `redis` the node that holds them.
 */
export async function sizesOf(redis: CacheRedis, keys: readonly string[]): Promise<number[]> {
  if (keys.length === 0) return []
  const sizes = await pipelined(redis, pipeline => keys.forEach(key => void pipeline.strlen(key)), 0)
  return sizes as number[]
}

/** Whether a text of this length says that the source has nothing there. No other value of ours is as long. */
export const isAbsence = (bytes: number): boolean => bytes === 'null'.length

/** How long each key of one world lives: null where it is not there, Infinity for ever. Milliseconds. */
export async function ttlsMs(redis: CacheRedis, keys: readonly string[]): Promise<(number | null)[]> {
  if (keys.length === 0) return []
  const answers = await pipelined(redis, pipeline => keys.forEach(key => void pipeline.pttl(key)))
  return answers.map(answer => ttlOf(answer as number))
}

/** From what PTTL answers. */
export const ttlOf = (ms: number): number | null =>
  ms === -2 ? null : ms === -1 ? Number.POSITIVE_INFINITY : ms
