export type { CacheState } from './cache/cache-state.ts'
export type { CacheAddress } from './cache/connect.ts'
export type { OutageCacheOptions } from './cache/local-cache.ts'
export type { NearOptions } from './cache/near/near.ts'
export type { NearState } from './cache/near/near-state.ts'
export type { CacheObserver, FilledBy, HitLevel, LeaseOutcome } from './cache/observer.ts'
export type { ReadCountsOptions } from './cache/read-counts.ts'
export { type CypherRead, defineConfig, type HearthConfig, type WorldConfig } from './config/define.ts'
export type { PartDifference } from './config/fingerprint.ts'
export type { AppendResult } from './hearth/append-events.ts'
export type { ChangedOptions, ChangedOutcome, InvalidateResult, InvalidateTargets } from './hearth/changed.ts'
export type { Differing } from './hearth/comparison.ts'
export { type AuditOptions, createHearth, type Hearth, type WarmOptions } from './hearth/hearth.ts'
export type { HearthOptions } from './hearth/options.ts'
export type { LimitedReadOptions, ReadOptions, Reads } from './hearth/reads.ts'
export type { Writes } from './hearth/write-through.ts'
export type { AuditObserver, AuditResult, Checked, Difference, Fault, Finding } from './jobs/audit/payload.ts'
export type { JobDeps } from './jobs/deps.ts'
export type { DrainOptions } from './jobs/flush/drain.ts'
export type { FlushResult } from './jobs/flush/payload.ts'
export { sweepPending } from './jobs/flush/sweep.ts'
export type { PoolOptions } from './jobs/pool/options.ts'
export { type Pool, startPool } from './jobs/pool/pool.ts'
export type { WatchdogOptions } from './jobs/pool/watchdog.ts'
export type { WarmMoment, WarmProgress, WarmResult } from './jobs/warm/payload.ts'
export type { WarmBudget } from './jobs/warm/plan.ts'
export { builtInKinds, entity, flags, snapshot, timeline } from './model/built-in-kinds.ts'
export { type Change, changeSchema, changesJsonSchema } from './model/changes.ts'
export { HearthError, type HearthErrorCode, type HearthErrorOptions } from './model/errors.ts'
export type { Immutable } from './model/immutable.ts'
export { ExactNumber, type Json, jsonText, parseJsonText } from './model/json.ts'
export {
  defineKind,
  type HttpNames,
  type Item,
  type Kind,
  type KindDefinition,
  type Per,
  type StaleOn,
  type WarmWhen,
} from './model/kind.ts'
export type { AcceptedEvent, AppendedEvent } from './model/new-events.ts'
export type { OutboxNode } from './model/outbox-node.ts'
export type { PrivacyOptions } from './model/privacy.ts'
export {
  type LoadContext,
  nothingPending,
  type PendingReader,
  type QueriedKind,
  type Source,
} from './model/source.ts'
export type { TtlOptions } from './model/ttl-policy.ts'
export type { ReadablePending } from './model/with-pending.ts'
export type {
  Entity,
  EntityRef,
  EntityType,
  Flags,
  Member,
  NewEntity,
  NewEvent,
  Snapshot,
  Target,
  TimelineEvent,
} from './model/world-data.ts'
export type { QueueAddress, QueuePlace } from './queues/connect.ts'
export type { JobRef } from './queues/producer.ts'
export { type WatchOptions, watchJob, watchJobUntil } from './queues/watch.ts'
export type { LoadLimiterOptions } from './resilience/load-limiter.ts'
export type { RedisAddress, RedisConnection, ServerOptions } from './resilience/redis-place.ts'
export { createMetrics, type JobOutcome, type Metrics } from './telemetry/metrics.ts'
export { demoWorld, type GenerateOptions } from './world/demo/demo.ts'
export type { FillProgress } from './world/import/fill.ts'
export { type ImportOptions, type ImportReport, importFolder } from './world/import/import.ts'
export { createLoads, type Load, type Loads, type LoadsDeps } from './world/loads.ts'
export { type EmbeddedWorld, embeddedWorld } from './world/memory/embedded.ts'
export type { Neo4jAdministration, Neo4jFacts } from './world/neo4j/administration.ts'
export type { AdoptOptions, AdoptReport, SharedIds } from './world/neo4j/adopt.ts'
export type { Neo4jWorldOptions } from './world/neo4j/options.ts'
export { type OutboxTransaction, recordChanges } from './world/neo4j/outbox.ts'
export type { OwnCypher } from './world/neo4j/own-cypher.ts'
export type { SchemaReport, SchemaRow } from './world/neo4j/schema.ts'
export { type Neo4jWorld, neo4jWorld } from './world/neo4j/world.ts'
export type { Unreadable } from './world/unreadable.ts'
export type { Outbox, World, WriteThrough } from './world/world.ts'
