import type { NearState } from '../../cache/near/near-state.ts'
import type { Mutant } from './mutants.ts'

/** What is registers: values that only grow. */
export interface Registers {
  /** The world of the entities and timelines. */
  worldId: string
  entityIds: string[]
  /** Worlds whose flags are registers, and whose snapshots are. */
  stateWorlds: string[]
  /** Their timelines are registers, except the first, to which every process appends. */
  timelineIds: string[]
}

/** The arguments of a process of the register test. */
export interface RegisterSetup extends Registers {
  /** The cache's. */
  redisUrl: string
  /** The queues'. */
  queueUrl: string
  neo4jAuth: { uri: string; user: string; password: string }
  prefix: string
  /** See `Board`. */
  boardFile: string
  index: number
  processes: number
  /** False: with a `fill` that does not check its lease, so that there must be stale reads. */
  leaseCheck: boolean
  /** Whether reads are near. Then there are far more of them, and a relay beside the processes. */
  near: boolean
  /** A rule of the near cache that this process breaks, so that there must be stale reads. */
  mutant: Mutant | undefined
}

/** What the processes count. */
export const countNames = [
  'reads',
  'near',
  'writes',
  'warms',
  'refreshes',
  /** Writes that could not be invalidated at once, and so were not acknowledged. */
  'deferred',
  /** Reads that bypassed a cache that was not trusted. */
  'bypassed',
  /** Calls that failed because a server did not answer, or was too busy. */
  'away',
  'staleReads',
  /** Values that had to make room in the near cache. */
  'evictions',
  /** How often all that was near was given up. */
  'lost',
] as const

export type Counts = Record<(typeof countNames)[number], number>

/** What a process reports, again and again. */
export interface Status {
  counts: Counts
  trusted: boolean
  near: NearState | undefined
  /** Some of the stale reads, and of the errors. */
  stale: string[]
  errors: string[]
  /** It acts no more; this is its last report. */
  ended: boolean
}

/** The order of the registers on the board. */
export function registerNumbers({ entityIds, stateWorlds, timelineIds }: Registers) {
  const names = [
    ...entityIds.map(id => `entity ${id}`),
    ...stateWorlds.flatMap(id => [`flags ${id}`, `snapshot ${id}`]),
    ...timelineIds.map(id => `timeline ${id}`),
  ]
  return new Map(names.map((name, i) => [name, i]))
}
