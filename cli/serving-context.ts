import type { Logger } from 'pino'
import type { Hearth } from '../hearth/hearth.ts'
import type { World } from '../world/world.ts'
import type { Closing } from './closing.ts'
import type { RedisConfig } from './connect.ts'
import type { ProcessMetrics } from './process-metrics.ts'

/** What the parts of a process and its pages are made of; each takes what it uses. */
export interface ServingContext {
  config: RedisConfig
  hearth: Hearth
  world: World
  metrics: ProcessMetrics
  log: Logger
  /** Hears when this process begins or ceases to be the one that acts, where one acts among many. */
  say(what: string): void
  onError(error: Error): void
  /** Gets all that is opened: closing it undoes the start, finished or not. */
  closing: Closing
}
