/** What a token allows; each role may do what those before it may. */
export const roles = ['read', 'write', 'operate'] as const

/**
 * `read`: see everything but Bull Board. `write`: also tell of what the game did. `operate`: also warm, refresh and
 * invalidate by hand, and use Bull Board, which can delete jobs.
 */
export type Role = (typeof roles)[number]

export const reaches = (has: Role, needed: Role): boolean => roles.indexOf(has) >= roles.indexOf(needed)
