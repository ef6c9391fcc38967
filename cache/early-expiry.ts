import type { Kind } from '../model/kind.ts'
import type { Fill } from './fill.ts'
import type { LoadMany } from './fill-request.ts'
import type { Entry } from './keys.ts'
import type { KnownTtls } from './known-ttls.ts'

/**
 * Early expiry: a read that finds an entry near the end of its life may have it renewed beside its readers, the more
 * probably the nearer the end and the slower the load, so that of many readers one begins it and none waits.
 * After Vattani, Chierichetti, Lowenstein, "Optimal Probabilistic Cache Stampede Prevention" (VLDB 2015).
 */
export interface EarlyExpiry {
  /** A read found this entry, and would have loaded it so. Returns at once. */
  hit<T>(entry: Entry, load: LoadMany<T>): void
}

interface EarlyExpiryDeps {
  fill: Fill
  knownTtls: KnownTtls
  /** How long a kind usually lives; Infinity for ever. Milliseconds. */
  usualTtlMs(kind: Kind): number
  /** Whether no load would succeed now, so that renewing extends what stands. */
  sourceIsAway(): boolean
}

/** Of the reads of an entry whose end is not known one in 8 asks for it: a hit has to stay one GET. */
const askOneIn = 8
/** The paper's β: above 1 renews rather too early than too late. */
const eagerness = 2
/** A load counts as this part of a life at least, so that where it is quick, too, one read a second is enough. */
const leastCostShare = 1 / 200
/** Entries that this process asks about or renews at a time: more would be a stampede of its own. */
const maxAtOnce = 8
/**
 * While the source is away, a read extends what has less than this part of its life left: an outage is long, and an
 * entry that is read rarely must not end in it.
 */
const extendedBelow = 1 / 2

export function createEarlyExpiry(deps: EarlyExpiryDeps): EarlyExpiry {
  const { fill, knownTtls, usualTtlMs, sourceIsAway } = deps
  const underWay = new Set<string>()

  /** Below which ttl this read renews the entry: drawn anew for each. */
  const drawMs = (kind: Kind): number =>
    eagerness * Math.max(knownTtls.costMs(kind), usualTtlMs(kind) * leastCostShare) * -Math.log(Math.random())

  /** Unless another process has renewed it meanwhile. */
  async function renewBelow<T>(ms: number, entry: Entry, load: LoadMany<T>): Promise<void> {
    const [outcome] = await fill({
      entries: [entry],
      load,
      mode: 'renew',
      unlessTtlMs: Math.ceil(ms),
      by: 'refresh',
      waitMs: 0,
    })
    if (outcome?.state === 'alive') knownTtls.stored(entry, outcome.ttlMs)
  }

  return {
    hit(entry, load) {
      if (usualTtlMs(entry.kind) === Number.POSITIVE_INFINITY) return
      const ttlMs = knownTtls.ttlMs(entry.key)
      const isAway = sourceIsAway()
      if (ttlMs === undefined && !isAway && Math.random() * askOneIn >= 1) return
      const ms = isAway ? usualTtlMs(entry.kind) * extendedBelow : drawMs(entry.kind)
      if (ttlMs !== undefined && ttlMs >= ms) return
      if (underWay.size >= maxAtOnce || underWay.has(entry.key)) return
      underWay.add(entry.key)
      renewBelow(ms, entry, load)
        .catch(() => {}) // the readers have what they came for, and the next one tries again
        .finally(() => underWay.delete(entry.key))
    },
  }
}
