import { randomUUID } from 'node:crypto'
import { once } from 'es-toolkit'
import { z } from 'zod'
import { thisProcess } from '../resilience/this-process.ts'
import { impatient, openStore, type StorePlace } from './redis.ts'

const member = z.object({
  id: z.string(),
  /** Like `worker`, `scheduler`, `backend`. */
  name: z.string(),
  /** `host:pid`. */
  by: z.string(),
  /** What decides about cached values in it, part by part. */
  fingerprint: z.record(z.string(), z.string()),
})

/** A process of the fleet, as the others see it. */
export type Member = z.output<typeof member>

export interface FleetMembersOptions extends StorePlace {
  me: Pick<Member, 'name' | 'fingerprint'>
  /** Is called after each turn with the processes that are there beside this one. */
  onOthers(others: readonly Member[]): void
  /** How often this process says that it is there. Milliseconds, default 5,000. */
  everyMs?: number
}

/** Missed that many times, a process is taken for dead. */
const missed = 3

/**
 * This process among those of the fleet, in the queues' Redis, until `close` (safe twice); one that dies without it is
 * forgotten after three of its turns. One pipeline and one question every few seconds. While Redis is away nothing is
 * heard of the others, and nothing waits for it: a process works as well without this.
 */
export function createFleetMembers({ me, onOthers, everyMs = 5_000, ...place }: FleetMembersOptions): {
  close(): Promise<void>
} {
  const { redis, prefix } = openStore(place, { ...impatient, use: 'members' })
  const mine: Member = { id: randomUUID(), by: thisProcess, ...me }
  const all = `${prefix}:processes`
  const keyOf = (id: string) => `${prefix}:process:${id}`
  let isClosed = false

  async function sayAndLook(): Promise<void> {
    if (isClosed || redis.status !== 'ready') return
    const lifeMs = everyMs * missed
    const answers = await redis
      .multi()
      .set(keyOf(mine.id), JSON.stringify(mine), 'PX', lifeMs)
      .sadd(all, mine.id)
      .pexpire(all, lifeMs)
      .smembers(all)
      .exec()
    const present = (answers?.at(-1)?.[1] ?? []) as string[]
    const ids = present.filter(id => id !== mine.id)
    const texts = ids.length === 0 ? [] : await redis.mget(ids.map(keyOf))
    const gone = ids.filter((_, i) => texts[i] === null)
    if (gone.length > 0) await redis.srem(all, ...gone)
    if (!isClosed) onOthers(texts.flatMap(memberOf))
  }

  const turn = () => void sayAndLook().catch(() => {}) // another turn comes soon
  redis.on('ready', turn)
  const timer = setInterval(turn, everyMs).unref()

  async function leave(): Promise<void> {
    isClosed = true
    clearInterval(timer)
    if (redis.status === 'ready') {
      await redis
        .multi()
        .del(keyOf(mine.id))
        .srem(all, mine.id)
        .exec()
        .catch(() => {}) // else it is forgotten by itself
    }
    redis.disconnect()
  }

  return { close: once(leave) }
}

/** What another version may have written differently is passed over. */
function memberOf(text: string | null): Member[] {
  try {
    return [member.parse(JSON.parse(text ?? ''))]
  } catch {
    return []
  }
}
