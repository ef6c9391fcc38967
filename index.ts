export type { AppendResult } from './append-events.ts'
export type { Target } from './cache/changes.ts'
export type { CacheAddress, ServerOptions } from './cache/connect.ts'
export type { Kind } from './cache/keys.ts'
export type { LivesOptions } from './cache/lives.ts'
export type { CacheObserver, FilledBy, LeaseOutcome } from './cache/observer.ts'
export type { OutageCacheOptions } from './cache/outage-cache.ts'
export type { ReadCountsOptions } from './cache/read-counts.ts'
export type { CacheState } from './cache/trust.ts'
export { type ChangedOptions, type ChangedOutcome, type InvalidateResult, recordChanges } from './changed.ts'
export { createMetrics, type JobOutcome, type Metrics } from './dashboard/metrics.ts'
export { HearthError, type HearthErrorCode } from './errors.ts'
export {
  type AuditOptions,
  createHearth,
  type Hearth,
  type ReadOptions,
} from './hearth.ts'
export type { HearthOptions } from './hearth-options.ts'
export type { AuditObserver } from './jobs/audit/deps.ts'
export type { JobDeps } from './jobs/deps.ts'
export { type Pool, startPool } from './jobs/pool.ts'
export type { PoolOptions } from './jobs/pool-options.ts'
export type { WarmBudget } from './jobs/warm-plan.ts'
export type { WatchdogOptions } from './jobs/watchdog.ts'
export { ExactNumber, jsonText, parseJsonText } from './json-text.ts'
export type { AuditResult, Difference, Fault, Finding } from './queues/audit.ts'
export { type Change, changeSchema, changesJsonSchema } from './queues/changes.ts'
export type { QueueAddress, QueuePlace } from './queues/connect.ts'
export type { FlushResult } from './queues/flush.ts'
export type { JobRef } from './queues/producer.ts'
export { sweepPending } from './queues/sweep-pending.ts'
export type { WarmProgress, WarmResult } from './queues/warm.ts'
export { watchJob } from './queues/watch.ts'
export { demoWorld, type GenerateOptions } from './world/demo.ts'
export { type EmbeddedWorld, embeddedWorld } from './world/embedded.ts'
export type { FillProgress } from './world/fill.ts'
export { type ImportOptions, type ImportReport, importFolder } from './world/import.ts'
export type { LoadGateOptions } from './world/load-gate.ts'
export { createLoads, type Loads, nothingPending, type PendingReader } from './world/loads.ts'
export type { AdoptOptions, AdoptReport } from './world/neo4j/adopt.ts'
export type { Neo4jWorldOptions } from './world/neo4j/options.ts'
export type { OutboxTransaction } from './world/neo4j/outbox.ts'
export type { OwnCypher } from './world/neo4j/own-cypher.ts'
export type { SchemaReport, SchemaRow } from './world/neo4j/schema.ts'
export { type Neo4jWorld, neo4jWorld } from './world/neo4j/world.ts'
export type { AcceptedEvent, AppendedEvent } from './world/new-events.ts'
export type { Outbox, OutboxNode, WriteThrough } from './world/outbox.ts'
export type { PrivacyOptions } from './world/privacy.ts'
export type { Unreadable } from './world/unreadable.ts'
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
