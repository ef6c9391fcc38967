import type { Kind } from './keys.ts'

/** How long entries live, in milliseconds. */
export interface LivesOptions {
  /** A timeline's newest events. Default 600,000. */
  timelineMs?: number
  /** An entity's state. Default 900,000. */
  entityMs?: number
  /** A truth that does not exist, remembered as null. Default 30,000. */
  nullMs?: number
  /**
   * How many truths that do not exist one process has remembered at a time; beyond that each read of another one asks
   * the truth. Default 10,000.
   */
  nullMax?: number
  /** Lives differ by up to this part of themselves, so that what was filled together does not expire together. Default 0.1. */
  jitter?: number
}

/** How long entries live. Flags and snapshots live for ever: they are written through. */
export interface Lives {
  /** Of a freshly filled entry, jittered: milliseconds, at least 1. */
  of(kind: Kind, exists: boolean): number | 'ever'
  /** Of a kind, before jitter: milliseconds, Infinity for ever. */
  usualMs(kind: Kind): number
  /** The longest that a fill gives: milliseconds, Infinity for ever. */
  longestMs(kind: Kind, exists: boolean): number
}

export function createLives({
  timelineMs = 600_000,
  entityMs = 900_000,
  nullMs = 30_000,
  jitter = 0.1,
}: LivesOptions = {}): Lives {
  const lifeMs: Record<Kind, number> = {
    flags: Number.POSITIVE_INFINITY,
    snapshot: Number.POSITIVE_INFINITY,
    entity: entityMs,
    timeline: timelineMs,
  }
  const usual = (kind: Kind, exists: boolean) => (exists ? lifeMs[kind] : nullMs)
  return {
    of(kind, exists) {
      const jittered = usual(kind, exists) * (1 + jitter * (2 * Math.random() - 1))
      return jittered === Number.POSITIVE_INFINITY ? 'ever' : Math.max(1, Math.round(jittered))
    },
    usualMs: kind => lifeMs[kind],
    longestMs: (kind, exists) => Math.max(1, Math.ceil(usual(kind, exists) * (1 + jitter))),
  }
}
