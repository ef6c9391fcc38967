import { chunk, once, orderBy } from 'es-toolkit'
import { impatient, openStore, type QueueStore, queueAnswered, type StorePlace } from './redis.ts'

export interface Counts {
  hits: number
  misses: number
}

/** What the whole fleet read in one minute, whatever the number of worlds. */
export interface Minute extends Counts {
  /** Minutes since 1970. */
  minute: number
  /** Of the hits, those near: in the memory of the process that read. */
  near: number
  /** Loads from the source that ended well, and how long they took together. */
  loads: number
  loadMs: number
  kinds: Map<string, Counts>
}

export interface FleetCountsOptions extends StorePlace {
  /** How often this process adds what it counted. Milliseconds, default 2,000. */
  everyMs?: number
}

/** A minute is kept for two hours. Seconds. */
const ttlSeconds = 2 * 60 * 60
/** Of one process and one turn, the most read: there is no end to worlds. */
const maxWorlds = 200

/** A hash of all reads of a minute by kind, and sorted sets of all reads and of misses by world. */
const keysOf = (prefix: string, minute: number) => {
  const all = `${prefix}:reads:${minute}`
  return { all, ofWorlds: `${all}:worlds`, missesOfWorlds: `${all}:misses` }
}
const minuteOf = (ms: number) => Math.floor(ms / 60_000)

/**
 * Adds up what this process reads, and every few seconds adds it to what the whole fleet read. Counting is an addition, so
 * that a hit pays next to nothing; the rest is one pipeline every few seconds. What was counted while Redis is away is lost:
 * it is for looking at.
 */
export function createFleetCounts({ everyMs = 2_000, ...place }: FleetCountsOptions) {
  const { redis, prefix } = openStore(place, { ...impatient, lazyConnect: true, use: 'counts' })
  let kinds = new Map<string, Counts>()
  let worlds = new Map<string, Counts>()
  let near = 0
  let loads = 0
  let loadMs = 0
  let adding: Promise<void> | undefined

  /** One at a time: what is counted while the connection is being made goes out over it, and is not lost. */
  function add(): Promise<void> {
    adding ??= addAll().finally(() => {
      adding = undefined
    })
    return adding
  }

  async function addAll(): Promise<void> {
    if (kinds.size === 0 && loads === 0) return
    if (redis.status === 'wait') await redis.connect().catch(() => {}) // it goes on trying
    const keys = keysOf(prefix, minuteOf(Date.now()))
    const pipeline = redis.pipeline()
    const mostRead = orderBy([...worlds], [([, { hits, misses }]) => hits + misses], ['desc']).slice(
      0,
      maxWorlds,
    )
    for (const [kind, { hits, misses }] of kinds) {
      if (hits > 0) pipeline.hincrby(keys.all, `hit:kind:${kind}`, hits)
      if (misses > 0) pipeline.hincrby(keys.all, `miss:kind:${kind}`, misses)
    }
    for (const [worldId, { hits, misses }] of mostRead) {
      pipeline.zincrby(keys.ofWorlds, hits + misses, worldId)
      if (misses > 0) pipeline.zincrby(keys.missesOfWorlds, misses, worldId)
    }
    if (near > 0) pipeline.hincrby(keys.all, nearField, near)
    if (loads > 0) pipeline.hincrby(keys.all, loadsField, loads)
    if (loads > 0) pipeline.hincrby(keys.all, loadMsField, Math.round(loadMs))
    for (const key of Object.values(keys)) pipeline.expire(key, ttlSeconds)
    kinds = new Map()
    worlds = new Map()
    near = 0
    loads = 0
    loadMs = 0
    await pipeline.exec().catch(() => {})
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
    /** A load from the source has ended well. Its name is none of an observer of the cache, which this is as well. */
    addLoad(tookMs: number): void {
      loads += 1
      loadMs += tookMs
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

/**
 * Reads what the fleet counted. A minute that is over is read once. Its methods throw `QueueUnavailable`, and cost by what
 * they answer, not by how many worlds are read.
 */
export function createFleetReader({ redis, prefix }: QueueStore) {
  const over = new Map<number, Minute>()
  const worldsOver = new Map<number, Map<string, Counts>>()
  const lastMinutes = (count: number, now: number) =>
    Array.from({ length: count }, (_, i) => minuteOf(now) - count + 1 + i)

  /** What is known of a minute, and will not change any more: another process may be late by some seconds. */
  const isOver = (minute: number, now: number) => minute < minuteOf(now) - 1
  const forget = (known: Map<number, unknown>, [first = 0]: number[]): void => {
    for (const minute of known.keys()) if (minute < first) known.delete(minute)
  }

  async function countsOfWorlds(minute: number, worldIds: readonly string[]): Promise<Map<string, Counts>> {
    if (worldIds.length === 0) return new Map()
    const { ofWorlds, missesOfWorlds } = keysOf(prefix, minute)
    const [all, missed] = await Promise.all(
      [ofWorlds, missesOfWorlds].map(key => redis.zmscore(key, ...worldIds)),
    )
    return new Map(
      worldIds.map((worldId, i) => {
        const misses = Number(missed?.[i] ?? 0)
        return [worldId, { hits: Number(all?.[i] ?? 0) - misses, misses }]
      }),
    )
  }

  return {
    /** The last `count` minutes, the oldest first; those in which nothing was read too. */
    async minutes(count: number, now = Date.now()): Promise<Minute[]> {
      const wanted = lastMinutes(count, now)
      forget(over, wanted)
      const read = async (minute: number): Promise<Minute> => {
        const known = over.get(minute)
        if (known) return known
        const found = parseMinute(minute, await redis.hgetall(keysOf(prefix, minute).all))
        if (isOver(minute, now)) over.set(minute, found)
        return found
      }
      return queueAnswered(Promise.all(wanted.map(read)))
    },

    /** Worlds that were read most in the last `count` minutes, and how often: the `most` of each minute. */
    async hottest(count: number, most: number, now = Date.now()): Promise<Map<string, number>> {
      const tops = await queueAnswered(
        Promise.all(
          lastMinutes(count, now).map(minute =>
            redis.zrevrange(keysOf(prefix, minute).ofWorlds, 0, most - 1, 'WITHSCORES'),
          ),
        ),
      )
      const reads = new Map<string, number>()
      for (const [worldId = '', score] of tops.flatMap(flat => chunk(flat, 2))) {
        reads.set(worldId, (reads.get(worldId) ?? 0) + Number(score))
      }
      return reads
    },

    /** What was read of each of these worlds in each of the last `count` minutes, the oldest first. */
    async readsOf(
      worldIds: readonly string[],
      count: number,
      now = Date.now(),
    ): Promise<Map<string, MinuteOfWorld[]>> {
      const wanted = lastMinutes(count, now)
      forget(worldsOver, wanted)
      const read = async (minute: number) => {
        const known = worldsOver.get(minute) ?? new Map<string, Counts>()
        const found = await countsOfWorlds(
          minute,
          worldIds.filter(id => !known.has(id)),
        )
        const counts = new Map([...known, ...found])
        if (isOver(minute, now)) worldsOver.set(minute, counts)
        return { minute, counts }
      }
      const minutes = await queueAnswered(Promise.all(wanted.map(read)))
      return new Map(
        worldIds.map(id => [
          id,
          minutes.map(({ minute, counts }) => ({ minute, ...(counts.get(id) ?? noReads) })),
        ]),
      )
    },
  }
}

/** What was read of one world in one minute. */
export type MinuteOfWorld = Counts & Pick<Minute, 'minute'>

const noReads: Counts = { hits: 0, misses: 0 }

/** Beside the hits by kind, which have them too; a process of an older version passes over these. */
const nearField = 'near'
const loadsField = 'loads'
const loadMsField = 'load-ms'
const fieldPattern = /^(?<outcome>hit|miss):kind:(?<name>.*)$/s

function parseMinute(minute: number, fields: Record<string, string>): Minute {
  const countOf = (field: string) => Number(fields[field] ?? 0)
  const read: Minute = {
    minute,
    hits: 0,
    misses: 0,
    near: countOf(nearField),
    loads: countOf(loadsField),
    loadMs: countOf(loadMsField),
    kinds: new Map(),
  }
  for (const [field, text] of Object.entries(fields)) {
    const { outcome, name = '' } = fieldPattern.exec(field)?.groups ?? {}
    if (outcome === undefined) continue
    const which = outcome === 'hit' ? 'hits' : 'misses'
    countsOf(read.kinds, name)[which] += Number(text)
    read[which] += Number(text)
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
