import { type QueueStore, queueAnswered } from './redis.ts'

export interface WorldTime {
  worldId: string
  /** Milliseconds since 1970; -Infinity where there is none. */
  at: number
}

/**
 * A time of each world, in the queues' Redis: by it a round that takes only some of the worlds takes the right ones, and
 * any process of the fleet goes on where another one stopped. Rejects with `QueueUnavailable`.
 */
export interface WorldTimes {
  /** Worlds without a time, in the order in which they come, and then the others, the earliest time first. */
  ranked(pages: AsyncIterable<readonly string[]>): Promise<WorldTime[]>
  note(times: readonly WorldTime[]): Promise<void>
  /** Of worlds that no longer come; one that does has no time then, and is the first. */
  forget(beforeMs: number): Promise<void>
}

/** @param name what the times are of: each name has its own */
export function createWorldTimes({ redis, prefix }: QueueStore, name: string): WorldTimes {
  const key = `${prefix}:worlds:${name}`
  return {
    async ranked(pages) {
      const times = new Map<string, number>()
      for await (const page of pages) {
        if (page.length === 0) continue
        const scores = await queueAnswered(redis.zmscore(key, ...page), { redis })
        page.forEach((worldId, i) => void times.set(worldId, Number(scores[i] ?? Number.NEGATIVE_INFINITY)))
      }
      const rows = Array.from(times, ([worldId, at]) => ({ worldId, at }))
      return rows.sort((a, b) => (a.at === b.at ? 0 : a.at - b.at))
    },

    async note(times) {
      if (times.length === 0) return
      const flat = times.flatMap(({ worldId, at }) => [at, worldId])
      await queueAnswered(redis.zadd(key, ...flat), { redis })
    },

    async forget(beforeMs) {
      await queueAnswered(redis.zremrangebyscore(key, '-inf', `(${beforeMs}`), { redis })
    },
  }
}
