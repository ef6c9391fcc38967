import { once, orderBy } from 'es-toolkit'
import { impatient, openStore, type QueueStore, queueAnswered, type StorePlace } from './redis.ts'

export interface Counts {
  hits: number
  misses: number
}

/** What the whole fleet read in one minute. */
export interface Minute extends Counts {
  /** Minutes since 1970. */
  minute: number
  /** Of the hits, those near: in the memory of the process that read. */
  near: number
  kinds: Map<string, Counts>
  worlds: Map<string, Counts>
}

export interface FleetCountsOptions extends StorePlace {
  /** How often this process adds what it counted. Milliseconds, default 2,000. */
  everyMs?: number
}

/** A minute is kept for two hours. Seconds. */
const ttlSeconds = 2 * 60 * 60
/** Of one process and one turn, the most read: there is no end to worlds. */
const maxWorlds = 200

const keyOf = (prefix: string, minute: number) => `${prefix}:reads:${minute}`
const minuteOf = (ms: number) => Math.floor(ms / 60_000)

/**
 * Adds up what this process reads, and every few seconds adds it to what the whole fleet read. Counting is an addition, so that a hit pays next to nothing; the rest is one pipeline every few seconds. What was
 * counted while Redis is away is lost: it is for looking at.
 */
export function createFleetCounts({ everyMs = 2_000, ...place }: FleetCountsOptions) {
  const { redis, prefix } = openStore(place, { ...impatient, lazyConnect: true, use: 'counts' })
  let kinds = new Map<string, Counts>()
  let worlds = new Map<string, Counts>()
  let near = 0
  let adding: Promise<void> | undefined

  /** One at a time: what is counted while the connection is being made goes out over it, and is not lost. */
  function add(): Promise<void> {
    adding ??= addAll().finally(() => {
      adding = undefined
    })
    return adding
  }

  async function addAll(): Promise<void> {
    if (kinds.size === 0) return
    if (redis.status === 'wait') await redis.connect().catch(() => {}) // it goes on trying
    const key = keyOf(prefix, minuteOf(Date.now()))
    const pipeline = redis.pipeline()
    const mostRead = orderBy([...worlds], [([, { hits, misses }]) => hits + misses], ['desc']).slice(
      0,
      maxWorlds,
    )
    for (const [what, counted] of [
      ['kind', [...kinds]],
      ['world', mostRead],
    ] as const) {
      for (const [name, { hits, misses }] of counted) {
        if (hits > 0) pipeline.hincrby(key, `hit:${what}:${name}`, hits)
        if (misses > 0) pipeline.hincrby(key, `miss:${what}:${name}`, misses)
      }
    }
    if (near > 0) pipeline.hincrby(key, nearField, near)
    kinds = new Map()
    worlds = new Map()
    near = 0
    await pipeline
      .expire(key, ttlSeconds)
      .exec()
      .catch(() => {})
  }

  const timer = setInterval(add, everyMs).unref()

  return {
    hit(kind: string, count: number, level: 'near' | 'redis'): void {
      countsOf(kinds, kind).hits += count
      if (level === 'near') near += count
    },
    miss(kind: string, count: number): void {
      countsOf(kinds, kind).misses += count
    },
    /** Of these, those of one world that brought a value: a world that does not exist is not in the counts. */
    readOf(worldId: string, hits: number, misses: number): void {
      const counts = countsOf(worlds, worldId)
      counts.hits += hits
      counts.misses += misses
    },
    /** Adds what is not yet added. Safe twice. */
    close: once(async () => {
      clearInterval(timer)
      if (redis.status === 'ready') await Promise.resolve(adding).then(add) // a backend that ends does not wait for Redis
      redis.disconnect()
    }),
  }
}

/** Reads what the fleet counted. A minute that is over is read once. */
export function createFleetReader({ redis, prefix }: QueueStore) {
  const over = new Map<number, Minute>()
  return {
    /** The last `count` minutes, the oldest first; those in which nothing was read too. Throws `QueueUnavailable`. */
    async minutes(count: number, now = Date.now()): Promise<Minute[]> {
      const current = minuteOf(now)
      const wanted = Array.from({ length: count }, (_, i) => current - count + 1 + i)
      for (const minute of over.keys()) if (minute < current - count + 1) over.delete(minute)
      const read = async (minute: number): Promise<Minute> => {
        const known = over.get(minute)
        if (known) return known
        const found = parseMinute(minute, await redis.hgetall(keyOf(prefix, minute)))
        if (minute < current - 1) over.set(minute, found) // another process may be late by some seconds
        return found
      }
      return queueAnswered(Promise.all(wanted.map(read)))
    },
  }
}

/** Beside the hits by kind, which have them too: a process of an older version passes over it. */
const nearField = 'near'
const fieldPattern = /^(?<outcome>hit|miss):(?<of>kind|world):(?<name>.*)$/s

function parseMinute(minute: number, fields: Record<string, string>): Minute {
  const near = Number(fields[nearField] ?? 0)
  const read: Minute = { minute, hits: 0, misses: 0, near, kinds: new Map(), worlds: new Map() }
  for (const [field, text] of Object.entries(fields)) {
    const { outcome, of, name = '' } = fieldPattern.exec(field)?.groups ?? {}
    if (outcome === undefined) continue
    const which = outcome === 'hit' ? 'hits' : 'misses'
    countsOf(of === 'kind' ? read.kinds : read.worlds, name)[which] += Number(text)
    if (of === 'kind') read[which] += Number(text)
  }
  return read
}

function countsOf(all: Map<string, Counts>, name: string): Counts {
  const known = all.get(name)
  if (known) return known
  const made = { hits: 0, misses: 0 }
  all.set(name, made)
  return made
}
