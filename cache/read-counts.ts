import { chunk, sumBy } from 'es-toolkit'
import type { ActiveWorlds } from './active-worlds.ts'
import type { CacheObserver } from './observer.ts'
import type { Popularity } from './popularity.ts'

/** How reads are counted. */
export interface ReadCountsOptions {
  /** Counts one read in N, weighted by N: less work, and right on average. A whole number, default 1. */
  sampleOneIn?: number
  /** How long counts are gathered. Milliseconds, default 1,000. */
  everyMs?: number
  /** Counts of this many entities are sent without waiting, and more are not held. Default 10,000. */
  most?: number
}

/** Gathers how often timelines are read, and tells the popularity of it now and then: no read waits for that. */
export interface ReadCounts {
  /** A read of this entity's timeline. */
  count(worldId: string, entityId: string): void
  /** Several reads of it that have been counted elsewhere, the first at a time in ms since 1970. */
  add(worldId: string, entityId: string, reads: { reads: number; at: number }): void
  /** Sends what was gathered. Never rejects: what Redis does not take is lost, and counted as lost. */
  flush(): Promise<void>
  /** Sends the rest, within the time that Redis takes to answer. Safe twice. */
  close(): Promise<void>
}

/** Counts nothing. */
export const noReadCounts: ReadCounts = {
  count: () => {},
  add: () => {},
  flush: async () => {},
  close: async () => {},
}

interface ReadCountsDeps extends ReadCountsOptions {
  popularity: Pick<Popularity, 'add'>
  activeWorlds: Pick<ActiveWorlds, 'touch'>
  observer: Pick<CacheObserver, 'countsLost'>
}

/** Redis counts these in less than a millisecond, in which no read is answered. */
const entitiesPerCall = 500

/** Of one world, since the last flush. */
interface Gathered {
  reads: Map<string, number>
  /** When it was last read: a deactivation after that stands, though the count comes later. */
  lastAt: number
}

export function createReadCounts({
  popularity,
  activeWorlds,
  observer,
  sampleOneIn = 1,
  everyMs = 1_000,
  most = 10_000,
}: ReadCountsDeps): ReadCounts {
  let worlds = new Map<string, Gathered>()
  let entities = 0
  let timer: NodeJS.Timeout | undefined
  let sending: Promise<void> | undefined

  /** One flush at a time: a Redis that dawdles must not make us hold more and more. */
  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    if (entities === 0) return sending ?? Promise.resolve()
    sending ??= send().finally(() => {
      sending = undefined
      if (entities > 0) flushSoon()
    })
    return sending
  }

  function flushSoon(): void {
    timer ??= setTimeout(flush, everyMs).unref()
  }

  async function send(): Promise<void> {
    const gathered = worlds
    worlds = new Map()
    entities = 0
    for (const [worldId, ofWorld] of gathered) await sendWorld(worldId, ofWorld)
  }

  async function sendWorld(worldId: string, { reads, lastAt }: Gathered): Promise<void> {
    let unsent = [...reads]
    try {
      for (const part of chunk(unsent, entitiesPerCall)) {
        await popularity.add(worldId, new Map(part))
        unsent = unsent.slice(part.length)
      }
      await activeWorlds.touch(worldId, lastAt)
    } catch {
      observer.countsLost(sumBy(unsent, ([, count]) => count))
    }
  }

  function add(worldId: string, entityId: string, { reads, at }: { reads: number; at: number }): void {
    let world = worlds.get(worldId)
    const before = world?.reads.get(entityId)
    if (before === undefined && entities >= most) {
      observer.countsLost(reads)
      return
    }
    if (!world) {
      world = { reads: new Map(), lastAt: 0 }
      worlds.set(worldId, world)
    }
    if (before === undefined) entities += 1
    world.lastAt = at
    world.reads.set(entityId, (before ?? 0) + reads)
    if (entities >= most) void flush()
    else flushSoon()
  }

  return {
    count(worldId, entityId) {
      if (sampleOneIn > 1 && Math.random() * sampleOneIn >= 1) return
      add(worldId, entityId, { reads: sampleOneIn, at: Date.now() })
    },

    add,

    flush,

    async close() {
      await flush()
      await flush() // what came while the first was under way
      clearTimeout(timer)
    },
  }
}
