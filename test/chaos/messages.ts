/** What a process of the chaos test is told. */
export interface ChaosSetup {
  cacheUrl: string
  queueUrl: string
  judgeUrl: string
  neo4j: { uri: string; user: string; password: string }
  prefix: string
  worldId: string
  entityIds: string[]
  index: number
  /** Whether it works on jobs and relays, or plays the game. */
  role: 'game' | 'hearth'
  broken: Broken
}

/** A guarantee that is taken away, for a test that must see it missing. */
export type Broken = 'nothing' | 'trust' | 'in-process drop'

/** What a game's process saw since it was last asked. */
export interface Seen {
  reads: number
  failed: Record<string, number>
  slowestMs: number
  slowestLoadMs: number
  /** Reads that gave less than they had to, and some of them in words. */
  stale: number
  examples: string[]
  /** Reads while the cache was not trusted that did not see a change which another process had made within the last second. */
  behind: number
  writes: number
  deferred: number
  writesFailed: number
  heapMb: number
  state: string
}

/** What a process is asked. */
export type Ask =
  | { ask: 'seen' }
  | { ask: 'state' }
  | { ask: 'rest' }
  | { ask: 'compare' }
  | { ask: 'stop' }
  | { ask: 'begin' }
