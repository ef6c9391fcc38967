export type { CacheObserver } from './cache/observer.ts'
export { type ChangedOptions, type ChangedOutcome, type InvalidateResult, recordChanges } from './changed.ts'
export { HearthError, type HearthErrorCode } from './errors.ts'
export { createHearth, type Hearth, type HearthOptions } from './hearth.ts'
export type { JobDeps } from './jobs/deps.ts'
export { type Pool, type PoolOptions, startPool } from './jobs/pool.ts'
export { type Change, changeSchema, changesJsonSchema } from './queues/changes.ts'
export type { JobRef } from './queues/producer.ts'
export type { WarmProgress, WarmResult } from './queues/warm.ts'
export { watchJob } from './queues/watch.ts'
export { demoWorld } from './world/demo.ts'
export { type EmbeddedWorld, embeddedWorld } from './world/embedded.ts'
export { type ImportReport, importFolder } from './world/import.ts'
export { createLoads, type Loads } from './world/loads.ts'
export type { OwnCypher } from './world/neo4j/own-cypher.ts'
export { type Neo4jWorld, type Neo4jWorldOptions, neo4jWorld } from './world/neo4j/world.ts'
export type { PrivacyOptions } from './world/privacy.ts'
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
