import type { Queue } from 'bullmq'
import type { Cache } from '../../cache/cache.ts'
import type { CacheState } from '../../cache/cache-state.ts'
import type { NearStats } from '../../cache/near/near-state.ts'
import type { DoubtedShards } from '../../cache/shards.ts'
import type { SourceEntry } from '../../cache/warmth.ts'
import { countWorlds, latestWorlds } from '../../cache/world-facts.ts'
import { createAuditLog } from '../../jobs/audit/log.ts'
import { worldsBeingWarmed } from '../../jobs/warm/being-warmed.ts'
import type { Actions } from '../../queues/actions.ts'
import { createFleetReader } from '../../queues/fleet-counts.ts'
import { isLed } from '../../queues/leadership.ts'
import type { DeadWorlds } from '../../queues/pending-dead.ts'
import type { PendingTotals } from '../../queues/pending-totals.ts'
import { readQueueStats } from '../../queues/queue-stats.ts'
import type { QueueStore } from '../../queues/redis.ts'
import type { ServerName } from '../../telemetry/server-metrics.ts'
import { createLook, type Known, type Look } from './look.ts'
import type { Overview } from './overview.ts'
import type { ScheduleRow } from './schedule-row.ts'

/** Where the overview looks. */
export interface OverviewSources {
  cache: Pick<
    Cache,
    | 'redis'
    | 'keys'
    | 'ttlPolicy'
    | 'walk'
    | 'peek'
    | 'warmth'
    | 'popularity'
    | 'expectedEntries'
    | 'versions'
  >
  store: QueueStore
  /** What a person calls each server. Two that are one server have one name. */
  names: Record<ServerName, string>
  /** The smallest thing that shows that a server does its work; rejects where it does not. */
  probes: Record<ServerName, () => Promise<unknown>>
  /** Whether reads of this process use the cache, and in a cluster of which shards they do not. */
  cacheState(): CacheState
  doubted?(): DoubtedShards | undefined
  /** What this process still waits for before it does its part, in words. */
  starting(): string[]
  /** In what other processes differ from this one, in words. */
  differing(): string[]
  /** What the near cache of this process holds and has done. */
  near?(): NearStats
  /** Recorded changes that wait to be relayed. */
  backlog(): Promise<NonNullable<Overview['outbox']>>
  schedules(): Promise<ScheduleRow[]>
  /** Accepted events that are not yet in the source, and those that were set aside, of all worlds. */
  pendingTotals(): Promise<PendingTotals>
  /** Accepted events that are not yet in the source, by world. */
  pending(worldIds: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** Worlds that have any. */
  pendingWorlds(): Promise<string[]>
  /** Of one world, and those that were set aside. */
  pendingOf(worldId: string): Promise<PendingTotals>
  /** What the source has of a world, of whose entities these are read most; null for one of too many. */
  inSource(worldId: string, popular: readonly string[]): Promise<readonly SourceEntry[] | null>
  /** Worlds with accepted events that were set aside, some of them where they are many. */
  deadWorlds(): Promise<DeadWorlds>
}

export interface LooksDeps {
  sources: OverviewSources
  queues: readonly Queue[]
  actions: Actions
}

const minutesOfFleet = 60
const minutesOfWorld = 30
/** Over how many minutes a world's reads count for its place, and how many worlds of each minute do. */
const [hotMinutes, hotWorlds] = [5, 100]
const latestShown = 1_000
/** How often the outbox and the audits are asked about. Milliseconds. */
const slowly = { everyMs: 5_000 }

/** Every source, each with its limit; those of one server are asked together. */
export function createLooks({ sources, queues, actions }: LooksDeps) {
  const { cache, store, probes } = sources
  const fleet = createFleetReader(store)
  const auditLog = createAuditLog(store)
  let shown: readonly string[] = []

  const looks = {
    cacheProbe: createLook(probes.cache),
    latest: createLook(() => latestWorlds(cache, latestShown)),
    worlds: createLook(() => countWorlds(cache)),
    queueProbe: createLook(probes.queue),
    minutes: createLook(() => fleet.minutes(minutesOfFleet)),
    hottest: createLook(() => fleet.hottest(hotMinutes, hotWorlds)),
    queueStats: createLook(() => readQueueStats(queues)),
    warming: createLook(() => worldsBeingWarmed(queues)),
    isLed: createLook(() => isLed(store, 'relay')),
    lastAction: createLook(async () => (await actions.newest(1))[0]),
    audit: createLook(async () => {
      const { found = 0, repaired = 0 } = await auditLog.counts()
      return { found, repaired }
    }, slowly),
    dead: createLook(sources.deadWorlds, slowly),
    pendingTotals: createLook(sources.pendingTotals, slowly),
    sourceProbe: createLook(probes.source),
    outbox: createLook(sources.backlog, slowly),
  }
  const due = createLook(async () => {
    const found = shown.map(async id => [id, await cache.expectedEntries.of(id)] as const)
    return new Map(await Promise.all(found))
  })
  const pending = createLook(() => sources.pending(shown))
  const reads = createLook(() => fleet.readsOf(shown, minutesOfWorld))

  return {
    /** All that does not depend on which worlds are shown. */
    async all() {
      const { cacheProbe, queueProbe, sourceProbe, ...parts } = await askAll(looks)
      const servers: Record<ServerName, readonly Known<unknown>[]> = {
        cache: [cacheProbe, parts.latest],
        queue: [queueProbe, parts.minutes, parts.queueStats],
        source: [sourceProbe],
      }
      return { servers, ...parts }
    },

    /** Of these worlds. A server that is away is not asked: what is known of them stays. */
    async ofWorlds(ids: readonly string[], isAway: (server: ServerName) => boolean) {
      shown = ids
      const ask = <T>(server: ServerName, look: Look<T>) => (isAway(server) ? look.last() : look.ask())
      const [ofDue, ofPending, ofReads] = await Promise.all([
        ask('cache', due),
        ask('queue', pending),
        ask('queue', reads),
      ])
      return { due: ofDue, pending: ofPending, reads: ofReads }
    },
  }
}

/** All of them together, by their names. */
async function askAll<Looks extends Record<string, Look<unknown>>>(looks: Looks) {
  const asking = Object.entries(looks).map(async ([name, look]) => [name, await look.ask()] as const)
  return Object.fromEntries(await Promise.all(asking)) as {
    [Name in keyof Looks]: Awaited<ReturnType<Looks[Name]['ask']>>
  }
}

export type Looked = Awaited<ReturnType<ReturnType<typeof createLooks>['all']>>
