import type { QueuePlace } from './connect.ts'
import { defaultPrefix } from './connect.ts'
import { impatient, openRedis, type QueueStore, queueAnswered } from './redis.ts'

/** Reads that were hits and reads that were misses. */
export interface Counts {
  hits: number
  misses: number
}

/** What the whole fleet read in one minute. */
export interface Minute extends Counts {
  /** Minutes since 1970. */
  minute: number
  kinds: Map<string, Counts>
  worlds: Map<string, Counts>
}

/** Adds up what this process reads, and every few seconds adds it to what the whole fleet read. */
export interface FleetCounts {
  hit(kind: string, count: number): void
  miss(kind: string, count: number): void
  /** Of these, those of one world that brought a value: a world that does not exist is not in the counts. */
  readOf(worldId: string, hits: number, misses: number): void
  /** Adds what is not yet added. Safe twice. */
  close(): Promise<void>
}

export interface FleetCountsOptions extends QueuePlace {
  /** How often this process adds what it counted. Milliseconds, default 2,000. */
  everyMs?: number
  onTrouble?(error: Error): void
}

/** A minute is kept for two hours. Seconds. */
const lifeSeconds = 2 * 60 * 60
/** Of one process and one turn, the most read: there is no end to worlds. */
const mostWorlds = 200

const keyOf = (prefix: string, minute: number) => `${prefix}:reads:${minute}`
const minuteOf = (ms: number) => Math.floor(ms / 60_000)

/**
 * Counting is an addition, so that a hit pays next to nothing; the rest is one pipeline every few seconds. What was
 * counted while Redis is away is lost: it is for looking at.
 */
export function createFleetCounts({
  address,
  prefix = defaultPrefix,
  everyMs = 2_000,
  onTrouble = () => {},
}: FleetCountsOptions): FleetCounts {
  const redis = openRedis(address, { ...impatient, lazyConnect: true }, onTrouble)
  let kinds = new Map<string, Counts>()
  let worlds = new Map<string, Counts>()
  let closing: Promise<void> | undefined
  let flushing: Promise<void> | undefined

  /** One at a time: what is counted while the connection is being made goes out over it, and is not lost. */
  function flush(): Promise<void> {
    flushing ??= add().finally(() => {
      flushing = undefined
    })
    return flushing
  }

  async function add(): Promise<void> {
    if (kinds.size === 0) return
    if (redis.status === 'wait') await redis.connect().catch(() => {}) // it goes on trying
    const [byKind, byWorld] = [kinds, worlds]
    kinds = new Map()
    worlds = new Map()
    const key = keyOf(prefix, minuteOf(Date.now()))
    const adding = redis.pipeline()
    const addTo = (field: string, { hits, misses }: Counts) => {
      if (hits > 0) adding.hincrby(key, `hit:${field}`, hits)
      if (misses > 0) adding.hincrby(key, `miss:${field}`, misses)
    }
    for (const [kind, counts] of byKind) addTo(`kind:${kind}`, counts)
    for (const [worldId, counts] of mostRead(byWorld)) addTo(`world:${worldId}`, counts)
    await adding
      .expire(key, lifeSeconds)
      .exec()
      .catch(() => {})
  }

  const timer = setInterval(flush, everyMs)
  timer.unref()

  return {
    hit(kind, count) {
      countsOf(kinds, kind).hits += count
    },
    miss(kind, count) {
      countsOf(kinds, kind).misses += count
    },
    readOf(worldId, hits, misses) {
      const counts = countsOf(worlds, worldId)
      counts.hits += hits
      counts.misses += misses
    },
    close() {
      closing ??= (async () => {
        clearInterval(timer)
        if (redis.status === 'ready') await (flushing ?? Promise.resolve()).then(flush) // a backend that ends does not wait for Redis
        redis.disconnect()
      })()
      return closing
    },
  }
}

/** Reads what the fleet counted. A minute that is over is read once. */
export function createFleetReader({ redis, prefix }: QueueStore): {
  /** The last `count` minutes, the oldest first; those in which nothing was read too. Throws `QueueUnavailable`. */
  minutes(count: number, now?: number): Promise<Minute[]>
} {
  const over = new Map<number, Minute>()
  return {
    async minutes(count, now = Date.now()) {
      const current = minuteOf(now)
      const wanted = Array.from({ length: count }, (_, i) => current - count + 1 + i)
      const open = wanted.filter(minute => !over.has(minute))
      const asking = redis.pipeline()
      for (const minute of open) asking.hgetall(keyOf(prefix, minute))
      const answers = (await queueAnswered(asking.exec())) ?? []
      const found = new Map(over)
      open.forEach((minute, i) => {
        const [error, fields] = answers[i] ?? []
        if (error) throw error
        const read = parseMinute(minute, (fields ?? {}) as Record<string, string>)
        found.set(minute, read)
        if (minute < current - 1) over.set(minute, read) // another process may be late by some seconds
      })
      for (const minute of over.keys()) if (minute < (wanted[0] ?? 0)) over.delete(minute)
      return wanted.map(minute => found.get(minute) as Minute)
    },
  }
}

function parseMinute(minute: number, fields: Record<string, string>): Minute {
  const read: Minute = { minute, hits: 0, misses: 0, kinds: new Map(), worlds: new Map() }
  for (const [field, text] of Object.entries(fields)) {
    const [, outcome, what, name = ''] = /^(hit|miss):(kind|world):(.*)$/s.exec(field) ?? []
    if (outcome === undefined) continue
    const which = outcome === 'hit' ? 'hits' : 'misses'
    countsOf(what === 'kind' ? read.kinds : read.worlds, name)[which] += Number(text)
    if (what === 'kind') read[which] += Number(text)
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

function mostRead(worlds: Map<string, Counts>): [string, Counts][] {
  const all = [...worlds]
  if (all.length <= mostWorlds) return all
  const reads = ([, { hits, misses }]: [string, Counts]) => hits + misses
  return all.sort((a, b) => reads(b) - reads(a)).slice(0, mostWorlds)
}
