/** How fast a count that only grows has grown lately. */
export interface Rate {
  /** A second, over the window; 0 while there is one look only. */
  of(name: string, count: number, now: number): number
}

/** @param windowMs over how long; a count that fell (its owner began anew) begins anew. */
export function createRate(windowMs: number): Rate {
  const looks = new Map<string, { at: number; count: number }[]>()
  return {
    of(name, count, now) {
      const before = looks.get(name) ?? []
      const kept = (before.at(-1)?.count ?? 0) > count ? [] : before
      kept.push({ at: now, count })
      while (kept.length > 2 && (kept[1]?.at ?? now) <= now - windowMs) kept.shift()
      looks.set(name, kept)
      const [first] = kept
      return first && now > first.at ? ((count - first.count) / (now - first.at)) * 1_000 : 0
    },
  }
}
