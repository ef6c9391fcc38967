import type { Entry } from './keys.ts'
import { pipelined } from './pipeline.ts'
import type { CacheRedis } from './scripts.ts'

export async function ttlsMs(redis: CacheRedis, entries: readonly Entry[]): Promise<number[]> {
  if (entries.length === 0) return []
  const answers = await pipelined(redis, pipeline => {
    for (const { key } of entries) pipeline.pttl(key)
  })
  return answers.map(answer => (answer === -1 ? Number.POSITIVE_INFINITY : Math.max(0, answer as number)))
}
