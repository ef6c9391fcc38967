import type { Cache } from '../cache/cache.ts'
import type { HearthError } from '../model/errors.ts'
import type { Pending } from '../queues/pending.ts'
import type { Producer } from '../queues/producer.ts'
import type { SharedConnection } from '../queues/shared-connection.ts'
import type { Telemetry } from '../queues/telemetry.ts'
import type { Loads } from '../world/loads.ts'
import type { World } from '../world/world.ts'
import type { EnsureInvalidated } from './invalidate/ensure.ts'
import type { WarmMoment } from './warm/payload.ts'
import type { WarmBudget } from './warm/plan.ts'

/** What every job works with. */
export interface JobDeps {
  cache: Cache
  world: World
  loads: Loads
  /** What is urgent is loaded by these: behind the game's reads, before all other jobs. */
  urgent: { world: World; loads: Loads }
  pending: Pending
  producer: Pick<Producer, 'add' | 'addAll'>
  ensureInvalidated: EnsureInvalidated
  /** The process' connection to the queues, for workers to share. Default: they make one. */
  queueConnection?: SharedConnection | undefined
  /** How many entities are loaded in one go. */
  chunkSize: number
  /** A recorded change was invalidated, this long after its commit. */
  onInvalidated?(secondsAfterCommit: number): void
  /** A world is ready, or warm, this long after its job was accepted. */
  onWarming?(moment: WarmMoment, seconds: number): void
  /** Is called with values that do not fit their kind, which are not cached. */
  onUnfit?(error: HearthError): void
  /** Goes on with the traces that jobs carry. Default: none. */
  telemetry?: Telemetry | undefined
  /** How many of the most read entities are warmed before a world is ready. Default 300. */
  warmUrgent?: number
  /** Where the warming of a world stops. Default: at its end. */
  warmBudget?: WarmBudget
}
