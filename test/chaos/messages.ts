/** The arguments of a process of the chaos test. */
export interface ChaosSetup {
  cacheUrl: string
  queueUrl: string
  judgeUrl: string
  neo4j: { uri: string; user: string; password: string }
  prefix: string
  worldId: string
  entityIds: string[]
  index: number
  /** `hearth` works on jobs and relays, `game` reads and writes. */
  role: 'game' | 'hearth'
  broken: Broken
}

/** A guarantee that is switched off, for a test that must notice it. */
export type Broken = 'nothing' | 'trust' | 'in-process drop'

/** What a game's process saw since the last question. */
export interface Seen {
  reads: number
  failed: Record<string, number>
  slowestMs: number
  slowestLoadMs: number
  /** Reads that returned too old a value, and descriptions of some. */
  stale: number
  examples: string[]
  /**
   * Reads while the cache was not trusted that did not see a change which another process had made within the last
   * second.
   */
  behind: number
  writes: number
  deferred: number
  writesFailed: number
  heapMb: number
  state: string
}

/** The questions to a process. */
export type Ask =
  | { ask: 'seen' }
  | { ask: 'state' }
  | { ask: 'rest' }
  | { ask: 'compare' }
  | { ask: 'stop' }
  | { ask: 'begin' }
