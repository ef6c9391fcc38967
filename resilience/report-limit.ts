import { LRUCache } from 'lru-cache'

/** Kinds that are remembered. */
const maxKinds = 100

/**
 * Lets one report of a kind pass in `everyMs`, so that an outage which every attempt meets anew fills neither a log nor
 * the time of this process. Answers how many of the kind were left out since the last one, or undefined where this one
 * is to be left out, too.
 */
export function createReportLimit(everyMs: number): (kind: string) => number | undefined {
  const last = new LRUCache<string, { at: number; leftOut: number }>({ max: maxKinds })
  return kind => {
    const now = performance.now()
    const before = last.get(kind)
    if (before && now - before.at < everyMs) {
      before.leftOut += 1
      return undefined
    }
    last.set(kind, { at: now, leftOut: 0 })
    return before?.leftOut ?? 0
  }
}
