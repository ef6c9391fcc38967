import { uniq } from 'es-toolkit'
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
  /** Its world, where it concerns one. */
  worldId: z.string().optional(),
  /** The first job that it added, or that it is about. */
  job: z.object({ queue: z.string(), id: z.string() }).optional(),
})

/** What an operator did by hand. */
export type Action = z.infer<typeof action>

/** Which actions are wanted: those that have all that is given. */
export interface ActionFilter {
  who?: string | undefined
  what?: string | undefined
  /** A part of the world's id. */
  world?: string | undefined
}

export interface ActionsPage {
  /** Newest first. */
  actions: Action[]
  /** How many there are that fit the filter. */
  total: number
  /** Who has done anything, and what was done, whatever the filter. */
  who: string[]
  what: string[]
}

const kept = 500

/** The newest actions of all operators, in the queues' Redis. */
export function createActions({ redis, prefix }: QueueStore) {
  const key = `${prefix}:actions`

  /** Newest first. */
  async function newest(count: number): Promise<Action[]> {
    const texts = await queueAnswered(redis.lrange(key, 0, count - 1))
    return texts.flatMap(text => action.safeParse(JSON.parse(text)).data ?? [])
  }

  return {
    async note(done: Action): Promise<void> {
      const writing = redis
        .pipeline()
        .lpush(key, JSON.stringify(done))
        .ltrim(key, 0, kept - 1)
      for (const [error] of (await queueAnswered(writing.exec())) ?? []) if (error) throw error
    },
    newest,
    /** Some of those that fit, of all that are kept. */
    async find(
      filter: ActionFilter,
      { offset, limit }: { offset: number; limit: number },
    ): Promise<ActionsPage> {
      const all = await newest(kept)
      const found = all.filter(one => fits(one, filter))
      return {
        actions: found.slice(offset, offset + limit),
        total: found.length,
        who: uniq(all.map(({ who }) => who)).sort(),
        what: uniq(all.map(({ what }) => what)).sort(),
      }
    },
  }
}

export type Actions = ReturnType<typeof createActions>

function fits(one: Action, { who, what, world }: ActionFilter): boolean {
  if (who !== undefined && one.who !== who) return false
  if (what !== undefined && one.what !== what) return false
  return world === undefined || (one.worldId ?? '').toLowerCase().includes(world.toLowerCase())
}
