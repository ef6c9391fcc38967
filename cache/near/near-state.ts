/**
 * `armed`: Redis has shown that it signals changes in time. `connecting`: not yet, or not any more. `off`: it does not do
 * it, so this process has no near cache.
 */
export type NearState = 'armed' | 'connecting' | 'off'

export const nearStates: readonly NearState[] = ['armed', 'connecting', 'off']

/** That it is off, in a sentence for people. */
export const nearOff = (reason = 'not known why'): string =>
  `the near cache is off in this process, and reads go on without it: ${reason}`

/** What the near cache of a process holds and has done. */
export interface NearStats {
  state: NearState
  /** Why it is off. */
  reason: string | undefined
  bytes: number
  entries: number
  evictions: number
  /** Keys of which Redis signalled a change. */
  invalidations: number
  /** Round trips that reads have shared. */
  fences: number
  /** How often everything near was given up: the connection was lost, Redis was flushed, or was not trusted. */
  lost: number
}
