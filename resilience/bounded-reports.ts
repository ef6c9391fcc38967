import { LRUCache } from 'lru-cache'

/** `report`, but errors of one kind once in `everyMs` at most; the next report of the kind says how many there were. */
export function boundedReports(
  report: (error: Error) => void,
  { everyMs = 5_000 }: { everyMs?: number } = {},
): (error: Error) => void {
  const limit = createReportLimit(everyMs)
  return error => {
    const leftOut = limit(kindOf(error))
    if (leftOut !== undefined) report(leftOut > 0 ? again(error, leftOut) : error)
  }
}

/** Ids and numbers differ from one error to the next of its kind. */
const kindOf = ({ name, message }: Error): string =>
  `${name} ${message.slice(0, 500).replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\d+/g, '#')}`

/** The error with whatever is on it, its code too. */
const again = (error: Error, leftOut: number): Error => {
  const value = `${error.message} (and ${leftOut} more of the kind since the last report)`
  return Object.create(error, { message: { value } }) as Error
}

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
