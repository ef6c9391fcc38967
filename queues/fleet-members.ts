import { randomUUID } from 'node:crypto'
import { once, sortBy } from 'es-toolkit'
import { z } from 'zod'
import { asError, HearthError } from '../model/errors.ts'
import { thisProcess } from '../resilience/this-process.ts'
import { impatient, openStore, queueAnswered, type StorePlace } from './redis.ts'

const member = z.object({
  id: z.string(),
  /** Like `worker`, `scheduler`, `backend`. */
  name: z.string(),
  /** `host:pid`. */
  by: z.string(),
  /** What decides about cached values in it, part by part. */
  fingerprint: z.record(z.string(), z.string()),
  /** When it began. Milliseconds since 1970; absent in processes of an older version. */
  since: z.number().optional(),
})

/** A process of the fleet, as the others see it. */
export type Member = z.output<typeof member>

export interface FleetMembersOptions extends StorePlace {
  me: Pick<Member, 'name' | 'fingerprint'>
  /** Is called after each turn with the processes that are there beside this one. */
  onOthers(others: readonly Member[]): void
  /** How often this process announces itself, in a fleet of at most 100. Milliseconds, default 5,000. */
  everyMs?: number
}

/** After this many of its turns without a word, a process is taken for dead. */
const missed = 3
/** In a larger fleet the turns of each process are rarer, so that all together have no more. */
const usualProcesses = 100
/** How many known processes a turn checks, those first that were not checked for longest: all turns together check all. */
const checkedAtOnce = 20

/**
 * This process among those of the fleet, in the queues' Redis, until `close` (safe twice); one that dies without it is
 * forgotten after three of its turns. What a member says of itself never changes, so it is read once. One pipeline and one
 * MGET every few seconds. While Redis is away nothing is heard of the others, and nothing waits for it: a process works as
 * well without this.
 */
export function createFleetMembers({ me, onOthers, everyMs = 5_000, ...place }: FleetMembersOptions): {
  close(): Promise<void>
} {
  const { redis, prefix } = openStore(place, { ...impatient, use: 'members' })
  const mine: Member = { id: randomUUID(), by: thisProcess, since: Date.now(), ...me }
  const { all, keyOf } = keysOf(prefix)
  /** By id, in the order in which they were checked; null: written by another version in a way that is not understood. */
  const others = new Map<string, Member | null>()
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  async function announce(lifeMs: number): Promise<Set<string>> {
    const answers = await redis
      .multi()
      .set(keyOf(mine.id), JSON.stringify(mine), 'PX', lifeMs)
      .sadd(all, mine.id)
      .pexpire(all, lifeMs)
      .smembers(all)
      .exec()
    const ids = new Set((answers?.at(-1)?.[1] ?? []) as string[])
    ids.delete(mine.id)
    return ids
  }

  async function look(present: ReadonlySet<string>): Promise<void> {
    for (const id of others.keys()) if (!present.has(id)) others.delete(id)
    const unknown = [...present].filter(id => !others.has(id))
    const asked = [...unknown, ...[...others.keys()].slice(0, checkedAtOnce)]
    if (asked.length === 0) return
    const texts = await redis.mget(asked.map(keyOf))
    for (const [i, id] of asked.entries()) {
      const text = texts[i] ?? null
      others.delete(id)
      if (text !== null) others.set(id, memberOf(text))
    }
    const gone = asked.filter(id => !others.has(id))
    if (gone.length > 0) await redis.srem(all, ...gone)
  }

  async function turn(): Promise<void> {
    clearTimeout(timer)
    const pauseMs = everyMs * Math.max(1, (others.size + 1) / usualProcesses)
    timer = setTimeout(begin, pauseMs).unref()
    if (redis.status !== 'ready') return
    await look(await announce(Math.ceil(pauseMs * missed)))
    if (!isClosed) onOthers([...others.values()].filter(other => other !== null))
  }

  const begin = () => {
    if (!isClosed) void turn().catch(() => {}) // another turn comes soon
  }
  redis.on('ready', begin)
  begin()

  async function leave(): Promise<void> {
    isClosed = true
    clearTimeout(timer)
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
/** The processes of the fleet that announce themselves, by name. Throws `QueueUnavailable`. */
export async function readMembers(place: StorePlace): Promise<Member[]> {
  const { redis, prefix } = openStore(place, { ...impatient, lazyConnect: true, use: 'members' })
  const { all, keyOf } = keysOf(prefix)
  try {
    if (redis.status === 'wait') await redis.connect()
    const ids = await queueAnswered(redis.smembers(all))
    const texts = ids.length === 0 ? [] : await queueAnswered(redis.mget(ids.map(keyOf)))
    const members = texts.flatMap(text => (text === null ? [] : (memberOf(text) ?? [])))
    return sortBy(members, ['name', 'by'])
  } catch (cause) {
    const problem = `the processes of the fleet cannot be read: ${asError(cause).message}`
    throw new HearthError('QueueUnavailable', problem, { cause })
  } finally {
    redis.disconnect()
  }
}

const keysOf = (prefix: string) => ({
  all: `${prefix}:processes`,
  keyOf: (id: string) => `${prefix}:process:${id}`,
})

function memberOf(text: string): Member | null {
  try {
    return member.parse(JSON.parse(text))
  } catch {
    return null
  }
}
