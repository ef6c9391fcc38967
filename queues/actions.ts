import { z } from 'zod'
import { type QueueStore, queueAnswered } from './redis.ts'

const action = z.object({
  /** Milliseconds since 1970. */
  at: z.number(),
  who: z.string(),
  /** In words: `invalidate`, `retry a job`. */
  what: z.string(),
  /** To what: a world, a path. */
  on: z.string(),
  /** The HTTP status that it was answered with. */
  status: z.int(),
})

/** What an operator did by hand. */
export type Action = z.infer<typeof action>

const kept = 500

/** The newest actions of all operators, in the queues' Redis. */
export function createActions({ redis, prefix }: QueueStore) {
  const key = `${prefix}:actions`
  return {
    async note(action: Action): Promise<void> {
      const writing = redis
        .pipeline()
        .lpush(key, JSON.stringify(action))
        .ltrim(key, 0, kept - 1)
      for (const [error] of (await queueAnswered(writing.exec())) ?? []) if (error) throw error
    },
    /** Newest first. */
    async newest(count: number): Promise<Action[]> {
      const texts = await queueAnswered(redis.lrange(key, 0, count - 1))
      return texts.flatMap(text => action.safeParse(JSON.parse(text)).data ?? [])
    },
  }
}

export type Actions = ReturnType<typeof createActions>
