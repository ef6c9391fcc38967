import type { Kind } from './keys.ts'

/** How long entries live, in milliseconds. */
export interface LivesOptions {
  /** A timeline's newest events. Default 600,000. */
  timelineMs?: number
  /** An entity's state. Default 900,000. */
  entityMs?: number
  /** A truth that does not exist, remembered as null. Default 30,000. */
  nullMs?: number
  /** Lives differ by up to this part of themselves, so that what was filled together does not expire together. Default 0.1. */
  jitter?: number
}

/** The life in milliseconds of a freshly filled entry; 0 means for ever (flags and snapshots, which are written through). */
export type LifeOf = (kind: Kind, exists: boolean) => number

export function createLives({
  timelineMs = 600_000,
  entityMs = 900_000,
  nullMs = 30_000,
  jitter = 0.1,
}: LivesOptions = {}): LifeOf {
  const lifeMs: Record<Kind, number> = { flags: 0, snapshot: 0, entity: entityMs, timeline: timelineMs }
  return (kind, exists) => {
    const life = exists ? lifeMs[kind] : nullMs
    return Math.round(life * (1 + jitter * (2 * Math.random() - 1)))
  }
}
