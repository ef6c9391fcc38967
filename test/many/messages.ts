import type { Auth } from '../support/neo4j-game.ts'
import { type Register, registers } from '../support/registers.ts'

/** The argument of a game's process. */
export interface GameSetup {
  cache: string
  cacheReplicas: number
  queue: string
  queuePrefix: string
  neo4jAuth: Auth
  worlds: readonly string[]
  /** See test/register/board.ts. */
  boardFile: string
  index: number
  games: number
}

/** A time, by `Date.now`. */
export interface Span {
  from: number
  to: number
}

/** How a game saw one world. */
export interface WorldSeen {
  /** When the state of the world's cache was not `trusted`. */
  distrust: Span[]
  isTrusted: boolean
}

/** How far a process is with what messages said. */
export interface Progress {
  /** How often it was started: all else that it reports is of this time. */
  run: number
  rests: boolean
  hasCompared: boolean
}

/** What a game reports, again and again. */
export interface GameStatus extends Progress {
  reads: number
  worlds: Record<string, WorldSeen>
  writes: number
  acknowledged: number
  /** Codes and messages of reads that failed, and of writes. */
  failedReads: string[]
  failedWrites: string[]
  staleReads: number
  /** Descriptions of some. */
  stale: string[]
  /** Registers that in the end are not read as they were acknowledged, or as Neo4j has them. */
  lost: string[]
  /** When the machine was late: see control.ts. */
  late: Span[]
}

/**
 * What a process has to do: to read and write; to write half of its registers no more, so that nothing heals what a failover
 * brings back; to stop; and to compare all registers with Neo4j.
 */
export type GameMessage = 'start' | 'hold' | 'rest' | 'compare'

/** The registers of all worlds, in the order of the board. */
export const registersOf = (worlds: readonly string[]): { worldId: string; register: Register }[] =>
  worlds.flatMap(worldId => registers.map(register => ({ worldId, register })))

/** The argument of a process that appends. */
export interface AppenderSetup extends Omit<GameSetup, 'cacheReplicas' | 'boardFile' | 'games'> {
  entityIds: readonly string[]
}

/** What it reports, again and again. */
export interface AppenderStatus extends Progress {
  acknowledged: number
  /** Calls that were refused, and repeated. */
  repeated: number
  /** Calls that failed in another way. */
  failed: string[]
  /** Acknowledged events that Neo4j does not have in the end. */
  lost: number
}
