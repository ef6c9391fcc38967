/** The arguments of a process of the register test. */
export interface RegisterSetup {
  /** The cache's. */
  redisUrl: string
  /** The queues'. */
  queueUrl: string
  neo4jAuth: { uri: string; user: string; password: string }
  prefix: string
  /** The world whose entities are registers. */
  worldId: string
  entityIds: string[]
  /** Worlds whose flags are registers. */
  flagWorlds: string[]
  /** Their timelines are registers, except the first, to which every process appends. */
  timelineIds: string[]
  index: number
  processes: number
  /** How many readers of each kind a process has. */
  readers: number
  /** False: with a `fill` that does not check its lease, so that there must be stale reads. */
  leaseCheck: boolean
}

export interface ProcessReport {
  reads: number
  writes: number
  warms: number
  refreshes: number
  /** Writes that could not be invalidated at once, and so were not acknowledged. */
  deferred: number
  /** Reads that bypassed a cache that was not trusted. */
  bypassed: number
  /** Calls that failed because Redis did not answer. No read may fail. */
  away: number
  stale: string[]
  errors: string[]
}
