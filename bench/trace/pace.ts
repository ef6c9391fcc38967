/** Reads a second. A trace has no times. */
export const rate = 400
/**
 * All times are a twentieth of the standard ones, so that a trace takes three to four minutes, for about an hour of a
 * game.
 */
export const scale = 20
export const timelineMs = 600_000 / scale
export const policy = {
  timelineMs,
  halfLifeMs: 600_000 / scale,
  idleMs: 3_600_000 / scale,
  /** More timelines than are read twice within a TTL, so that the policy decides and not this bound. */
  top: 1_000,
}
export const roundMs = 60_000 / scale
export const prune = { least: 0.1, most: 10_000 }
