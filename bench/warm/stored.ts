import type { Redis } from 'ioredis'

/** The entries of one world in the cache. */
export interface StoredWorld {
  /** Their texts, by key. */
  read(): Promise<Map<string, string>>
  /** Deletes them all. `DEL`, so that nothing is left for Redis to do in the background. */
  empty(): Promise<void>
}

/** @param prefix what the keys of the world, and no others, begin with */
export function storedWorld(redis: Redis, prefix: string): StoredWorld {
  const pages = (): AsyncIterable<string[]> => redis.scanStream({ match: `${prefix}*`, count: 1_000 })

  return {
    async read() {
      const texts = new Map<string, string>()
      for await (const keys of pages()) {
        const entries = keys.filter(key => !key.endsWith(':popularity') && !key.endsWith(':ver'))
        if (entries.length === 0) continue
        const found = await redis.mget(entries)
        entries.forEach((key, i) => {
          const text = found[i]
          if (typeof text === 'string') texts.set(key, text)
        })
      }
      return texts
    },

    async empty() {
      for await (const keys of pages()) if (keys.length > 0) await redis.del(keys)
    },
  }
}
