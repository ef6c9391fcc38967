export { HearthError, type HearthErrorCode } from './errors.ts'
export { createHearth, type Hearth, type HearthOptions } from './hearth.ts'
export type { JobDeps } from './jobs/deps.ts'
export { type Pool, type PoolOptions, startPool } from './jobs/pool.ts'
export type { WarmProgress, WarmResult } from './queues/warm.ts'
export { watchJob } from './queues/watch.ts'
export { createLoads } from './world/loads.ts'
export type {
  Entity,
  EntityRef,
  EntityType,
  Flags,
  Json,
  Member,
  NewEntity,
  NewEvent,
  Snapshot,
  TimelineEvent,
  World,
} from './world/world.ts'
