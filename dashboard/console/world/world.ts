import type { Queue } from 'bullmq'
import { pick } from 'es-toolkit'
import { LRUCache } from 'lru-cache'
import type { Cache } from '../../../cache/cache.ts'
import { lifeBoundsMs } from '../../../cache/warmth.ts'
import { isKnownWorld, lastActiveOf } from '../../../cache/world-facts.ts'
import { worldSizes } from '../../../cache/world-sizes.ts'
import { createAuditLog } from '../../../jobs/audit/log.ts'
import { createFleetReader } from '../../../queues/fleet-counts.ts'
import type { PendingTotals } from '../../../queues/pending-totals.ts'
import type { QueueStore } from '../../../queues/redis.ts'
import { figureOf } from '../figure.ts'
import { createLook } from '../look.ts'
import { minutesOf } from '../reads.ts'
import { type EntitiesDeps, popularRows } from './entities.ts'
import { worldJobs } from './jobs.ts'
import type { FindingRow, InSource, WarmthView, WorldFactsRow, WorldView } from './view.ts'

export interface WorldDeps extends Pick<EntitiesDeps, 'operations'> {
  sources: {
    cache: Pick<
      Cache,
      'redis' | 'keys' | 'ttlPolicy' | 'peek' | 'warmth' | 'popularity' | 'expectedEntries' | 'versions'
    >
    store: QueueStore
    pendingOf(worldId: string): Promise<PendingTotals>
    /** What the source has of a world, of whose entities these are read most. */
    inSource(worldId: string, popular: readonly string[]): Promise<InSource>
  }
  queues: readonly Queue[]
}

const minutes = 30
/** Worlds whose pages are open, or were a moment ago. */
const maxWorlds = 8
/** As many of the most read entities as a warming takes for popular. */
const maxPopular = 1_000
/** Findings of the fleet that are looked through. */
const findingsLookedAt = 500
const findingsShown = 50

/** `anew`: what was not asked a moment ago. */
export type ViewOf = (worldId: string, asked?: { anew?: boolean }) => Promise<WorldView>

/** What the pages of single worlds show: each source is asked by itself, and none holds up another. */
export function createWorldViews(deps: WorldDeps): ViewOf {
  const worlds = new LRUCache<string, ReturnType<typeof createWorldView>>({ max: maxWorlds })
  return (worldId, asked) => {
    const view = worlds.get(worldId) ?? createWorldView(deps, worldId)
    worlds.set(worldId, view)
    return view(asked)
  }
}

function createWorldView({ sources, queues, operations }: WorldDeps, worldId: string) {
  const { cache, store } = sources
  const fleet = createFleetReader(store)
  const log = createAuditLog(store)

  const facts = createLook(() => factsOf(cache, worldId))
  const reads = createLook(async () =>
    minutesOf((await fleet.readsOf([worldId], minutes)).get(worldId) ?? []),
  )
  const popular = createLook(() => popularRows({ cache, operations }, worldId), { everyMs: 2_000 })
  const jobs = createLook(() => worldJobs(queues, worldId), { everyMs: 2_000 })
  const pending = createLook(() => sources.pendingOf(worldId))
  const findings = createLook(() => findingsOf(log, worldId), { everyMs: 5_000 })
  const inSource = createLook(
    async () => sources.inSource(worldId, await cache.popularity.top(worldId, maxPopular)),
    { everyMs: 30_000 },
  )
  /** It goes through all of the world, so it does that for no more than a tenth of the time. */
  let nextAt = Number.NEGATIVE_INFINITY
  const warmth = createLook(async (): Promise<WarmthView> => {
    const begun = performance.now()
    const { value: source = null, error } = inSource.last()
    const lastWarming = jobs.last().value?.lastWarming
    const expected = await cache.expectedEntries.of(worldId)
    const found = await cache.warmth(worldId, {
      source,
      isWarmed: expected !== null,
      overBudgetAt: lastWarming?.outcome === 'over-budget' ? lastWarming.at : null,
    })
    nextAt = performance.now() + pauseOfTook * (performance.now() - begun)
    return { ...found, lifeBoundsMs, exists: source?.length ?? null, sourceError: error?.message ?? null }
  })

  return async ({ anew }: { anew?: boolean } = {}): Promise<WorldView> => {
    const asking = [facts, reads, popular, pending, findings].map(look => look.ask({ anew }))
    await Promise.all([jobs.ask({ anew }), inSource.ask()]) // the warmth is judged by them
    await Promise.all([...asking, performance.now() < nextAt ? undefined : warmth.ask()])
    return {
      id: worldId,
      at: Date.now(),
      facts: figureOf(facts.last()),
      reads: figureOf(reads.last()),
      warmth: figureOf(warmth.last()),
      popular: figureOf(popular.last()),
      jobs: figureOf(jobs.last()),
      findings: figureOf(findings.last()),
      pending: figureOf(pending.last()),
    }
  }
}

/** What looking at all of a world took counts so often as the pause after it. */
const pauseOfTook = 10

async function factsOf(cache: WorldDeps['sources']['cache'], worldId: string): Promise<WorldFactsRow> {
  const [version, expected, [size], isKnown, lastActiveAt] = await Promise.all([
    cache.versions.of(worldId),
    cache.expectedEntries.of(worldId),
    worldSizes(cache, [worldId]),
    isKnownWorld(cache, worldId),
    lastActiveOf(cache, worldId),
  ])
  return {
    isKnown,
    version,
    expected,
    lastActiveAt,
    isActive: lastActiveAt !== null && lastActiveAt > (size?.deactivatedAt ?? 0),
  }
}

async function findingsOf(log: ReturnType<typeof createAuditLog>, worldId: string): Promise<FindingRow[]> {
  const { findings } = await log.newest(findingsLookedAt)
  return findings
    .filter(finding => finding.worldId === worldId)
    .slice(0, findingsShown)
    .map(finding => pick(finding, ['subject', 'fault', 'detail', 'sinceMs', 'atMs', 'times', 'repaired']))
}
