/**
 * Keeps an outage from filling the log: of each kind one line in `everyMs`. Answers how many lines of the kind were left
 * out since the last one, or undefined where this one is to be left out, too.
 */
export function createLogLimit(everyMs: number): (kind: string) => number | undefined {
  const last = new Map<string, { at: number; leftOut: number }>()
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
