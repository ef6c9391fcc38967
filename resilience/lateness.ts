/** An answer is late that takes this many times the least, and this many milliseconds more. */
const late = { times: 3, ms: 2 }
/** So that the least is forgotten when the source has become slower for good: 6 % a second. In the rests it is met again. */
const drift = 1.003

/** Judges answers by the least time that one took lately: whether the source is overburdened. */
export function createLatenessByLeast({ times = late.times }: { times?: number } = {}) {
  let base = Number.POSITIVE_INFINITY
  return {
    isLate(ms: number): boolean {
      base = Math.min(base * drift, ms)
      return ms > base * times + late.ms
    },
  }
}

/** Ten seconds of what was measured while no load of a job ran. */
const remembered = 40
/** With fewer it is not known yet what is usual. */
const enough = 4

/**
 * Judges answers beside loads by those without: one is late that takes more than `maxSlowdown` times what all but
 * `lateShare` of the others take. Where that share of the answers beside loads is late, this quantile of both differs by
 * `maxSlowdown`.
 */
export function createLatenessByQuiet({
  maxSlowdown,
  lateShare,
}: {
  maxSlowdown: number
  lateShare: number
}) {
  const quiet: number[] = []
  return {
    /** So long it took while no load ran. */
    quiet(ms: number): void {
      quiet.push(ms)
      if (quiet.length > remembered) quiet.shift()
    },
    /** Undefined while it is not known what is usual. */
    isLate(ms: number): boolean | undefined {
      if (quiet.length < enough) return undefined
      const sorted = quiet.toSorted((a, b) => a - b)
      const usual = sorted[Math.floor((sorted.length - 1) * (1 - lateShare))] as number
      return ms > usual * maxSlowdown
    },
  }
}
