import type { Kind } from '../model/kind.ts'
import type { Fill, LoadMany } from './fill.ts'
import type { Entry } from './keys.ts'
import type { KnownTtls } from './known-ttls.ts'

/**
 * Early expiry: a read that finds an entry near the end of its life may have it renewed beside its readers, the more
 * probably the nearer the end and the dearer the load, so that one of many readers sees to it and none of them waits.
 * After Vattani, Chierichetti, Lowenstein, "Optimal Probabilistic Cache Stampede Prevention" (VLDB 2015).
 */
export interface EarlyExpiry {
  /** A read found this entry, and would have loaded it so. Returns at once. */
  hit<T>(entry: Entry, load: LoadMany<T>): void
}

interface EarlyExpiryDeps {
  fill: Fill
  knownTtls: KnownTtls
  /** The usual life of a kind; Infinity where it lives for ever. Milliseconds. */
  usualLifeMs(kind: Kind): number
}

/** Of the reads of an entry whose end is not known one in so many asks for it: a hit has to stay one GET. */
const askOneIn = 8
/** The paper's β: above 1 renews rather too early than too late. */
const eagerness = 2
/** A load counts as this part of a life at least, so that where it is quick, too, one read a second is enough. */
const leastCostShare = 1 / 200
/** Entries that this process asks about or renews at a time: more would be a stampede of its own. */
const mostAtOnce = 8

export function createEarlyExpiry({ fill, knownTtls, usualLifeMs }: EarlyExpiryDeps): EarlyExpiry {
  const underWay = new Set<string>()

  /** With how little left this read wants the entry renewed: drawn anew for each. */
  const drawMs = (kind: Kind): number =>
    eagerness *
    Math.max(knownTtls.costMs(kind), usualLifeMs(kind) * leastCostShare) *
    -Math.log(Math.random())

  /** Unless another process has renewed it since we knew its end. */
  async function renewBelow<T>(ms: number, entry: Entry, load: LoadMany<T>): Promise<void> {
    const [outcome] = await fill({
      ...{ entries: [entry], load, unlessTtlMs: Math.ceil(ms) },
      ...({ mode: 'renew', by: 'refresh', waitMs: 0 } as const),
    })
    if (outcome?.state === 'alive') knownTtls.stored(entry, outcome.ttlMs)
  }

  return {
    hit(entry, load) {
      if (usualLifeMs(entry.kind) === Number.POSITIVE_INFINITY) return
      const ttlMs = knownTtls.ttlMs(entry.key)
      if (ttlMs === undefined && Math.random() * askOneIn >= 1) return
      const ms = drawMs(entry.kind)
      if (ttlMs !== undefined && ttlMs >= ms) return
      if (underWay.size >= mostAtOnce || underWay.has(entry.key)) return
      underWay.add(entry.key)
      renewBelow(ms, entry, load)
        .catch(() => {}) // the readers have what they came for, and the next one tries again
        .finally(() => underWay.delete(entry.key))
    },
  }
}
