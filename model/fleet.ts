/**
 * The name of a fleet: the processes that share queues and a cache. It becomes part of a label in the source, and of the
 * Cypher that reads it, so these characters are all that may be in it.
 */
export const fleetRule = '1 to 40 of the characters A-Z a-z 0-9 _'

export const isFleet = (given: unknown): given is string =>
  typeof given === 'string' && /^[A-Za-z0-9_]{1,40}$/.test(given)
