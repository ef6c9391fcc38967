import { LRUCache } from 'lru-cache'

/** Kinds of errors that are remembered. */
const mostKinds = 100

/**
 * `report`, but errors of one kind once in `everyMs` at most; the next report of the kind says how many there were. An
 * outage that every attempt meets anew fills neither a log nor the time of this process.
 */
export function boundedReports(
  report: (error: Error) => void,
  { everyMs = 5_000 }: { everyMs?: number } = {},
): (error: Error) => void {
  const kinds = new LRUCache<string, { at: number; unsaid: number }>({ max: mostKinds })
  return error => {
    const now = performance.now()
    const kind = kindOf(error)
    const known = kinds.get(kind)
    if (known && now - known.at < everyMs) {
      known.unsaid += 1
      return
    }
    kinds.set(kind, { at: now, unsaid: 0 })
    report(known && known.unsaid > 0 ? again(error, known.unsaid) : error)
  }
}

/** Ids and numbers differ from one error to the next of its kind. */
const kindOf = ({ name, message }: Error): string =>
  `${name} ${message.slice(0, 500).replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\d+/g, '#')}`

/** The error with whatever is on it, its code too. */
const again = (error: Error, unsaid: number): Error => {
  const value = `${error.message} (and ${unsaid} more of the kind since the last report)`
  return Object.create(error, { message: { value } }) as Error
}
