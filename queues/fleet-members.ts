import { randomUUID } from 'node:crypto'
import { once } from 'es-toolkit'
import { thisProcess } from '../resilience/this-process.ts'
import { type Member, type MemberStatus, memberKeys, memberOf } from './member.ts'
import { impatient, openStore, type StorePlace } from './redis.ts'

export interface FleetMembersOptions extends StorePlace {
  me: Pick<Member, 'name' | 'fingerprint' | 'version'>
  /** Is called after each turn with the processes that are there beside this one. */
  onOthers(others: readonly Member[]): void
  /** How often this process announces itself, in a fleet of at most 100. Milliseconds, default 5,000. */
  everyMs?: number
}

export interface FleetMembers {
  /** From the next turn on, each says how this process is. */
  report(status: () => MemberStatus): void
  /** Safe twice. */
  close(): Promise<void>
}

/** After this many of its turns without a word, a process is taken for dead. */
const missed = 3
/** In a larger fleet the turns of each process are rarer, so that all together have no more. */
const usualProcesses = 100
/** How many known processes a turn checks, those first that were not checked for longest: all turns together check all. */
const checkedAtOnce = 20
/** How many of those that ended without a word are kept, and for how long after the last. */
const [lostKept, lostSeconds] = [20, 3_600]

/**
 * This process among those of the fleet, in the queues' Redis, until `close`; one that dies without it is forgotten after
 * three of its turns, and noted as lost by the first that finds it gone. What decides about cached values in a member
 * never changes, so the others read it once. One pipeline and one MGET every few seconds. While Redis is away nothing is
 * heard of the others, and nothing waits for it: a process works as well without this.
 */
export function createFleetMembers({
  me,
  onOthers,
  everyMs = 5_000,
  ...place
}: FleetMembersOptions): FleetMembers {
  const { redis, prefix } = openStore(place, { ...impatient, use: 'members' })
  const mine: Member = { id: randomUUID(), by: thisProcess, since: Date.now(), ...me }
  const keys = memberKeys(prefix)
  /** By id, in the order in which they were checked; null: written by another version in a way that is not understood. */
  const others = new Map<string, Member | null>()
  let status: (() => MemberStatus) | undefined
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  async function announce(lifeMs: number): Promise<Set<string>> {
    const answers = await redis
      .multi()
      .set(keys.of(mine.id), JSON.stringify({ ...mine, status: status?.() }), 'PX', lifeMs)
      .sadd(keys.all, mine.id)
      .pexpire(keys.all, lifeMs)
      .smembers(keys.all)
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
    const texts = await redis.mget(asked.map(keys.of))
    const known = asked.map(id => others.get(id) ?? null)
    for (const [i, id] of asked.entries()) {
      const text = texts[i] ?? null
      others.delete(id)
      if (text !== null) others.set(id, memberOf(text))
    }
    for (const [i, id] of asked.entries()) if (!others.has(id)) await forget(id, known[i] ?? null)
  }

  /** The first that removes its id notes that it was lost; one that has closed removed it itself. */
  async function forget(id: string, member: Member | null): Promise<void> {
    const isFirst = (await redis.srem(keys.all, id)) === 1
    if (!isFirst || !member) return
    const text = JSON.stringify({ ...member, lostAt: Date.now() })
    await redis
      .multi()
      .lpush(keys.lost, text)
      .ltrim(keys.lost, 0, lostKept - 1)
      .expire(keys.lost, lostSeconds)
      .exec()
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
        .del(keys.of(mine.id))
        .srem(keys.all, mine.id)
        .exec()
        .catch(() => {}) // else it is forgotten by itself
    }
    redis.disconnect()
  }

  return {
    report(how) {
      status = how
    },
    close: once(leave),
  }
}
