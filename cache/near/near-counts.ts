import type { EarlyExpiry } from '../early-expiry.ts'
import type { CacheObserver } from '../observer.ts'
import type { ReadCounts } from '../read-counts.ts'
import type { NearStore, NearValue } from './near-store.ts'

/**
 * Counts reads that were served near as hits are counted, and renews what nears its end, without a call for each: a read
 * raises a number beside its value, and now and then the numbers are added up.
 */
export interface NearCounts {
  hit(near: NearValue): void
  /** Adds up now. */
  flush(): void
}

interface NearCountsDeps {
  store: Pick<NearStore, 'used'>
  observer: Pick<CacheObserver, 'hit' | 'readOf'>
  readCounts: Pick<ReadCounts, 'add'>
  earlyExpiry: EarlyExpiry
}

/** How often numbers are added up. Milliseconds. */
const everyMs = 200

export function createNearCounts({ store, observer, readCounts, earlyExpiry }: NearCountsDeps): NearCounts {
  let read: NearValue[] = []
  let firstAt = 0
  let timer: NodeJS.Timeout | undefined

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    const all = read
    read = []
    const kinds = new Map<string, number>()
    const worlds = new Map<string, number>()
    for (const near of all) {
      const { entry, value, uncounted: hits, load } = near
      const { kind, worldId, item } = entry
      near.uncounted = 0
      store.used(near)
      kinds.set(kind.name, (kinds.get(kind.name) ?? 0) + hits)
      if (value === null) continue
      worlds.set(worldId, (worlds.get(worldId) ?? 0) + hits)
      if (kind.counted) readCounts.add(worldId, item as string, { reads: hits, at: firstAt })
      earlyExpiry.hit(entry, load)
    }
    for (const [kind, hits] of kinds) observer.hit(kind, hits, 'near')
    for (const [worldId, hits] of worlds) observer.readOf?.(worldId, hits, 0)
  }

  return {
    hit(near) {
      near.uncounted += 1
      if (near.uncounted > 1) return
      read.push(near)
      if (timer !== undefined) return
      firstAt = Date.now()
      timer = setTimeout(flush, everyMs).unref()
    },
    flush,
  }
}
