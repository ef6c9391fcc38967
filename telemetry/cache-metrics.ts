import type { Registry } from 'prom-client'
import type { CacheState } from '../cache/cache-state.ts'
import { type CacheObserver, type FilledBy, hitLevels, leaseOutcomes } from '../cache/observer.ts'
import { metricsIn } from './define.ts'
import { tally, tallyOfTwo } from './tally.ts'

const cacheStates: readonly CacheState[] = ['trusted', 'away', 'catching-up']
const filledBy: readonly FilledBy[] = ['read', 'warm', 'refresh']

/** Counts what the cache does, by kind. */
export function createCacheMetrics(registry: Registry, kinds: readonly string[]): CacheObserver {
  const byKind = (name: string, help: string) => tally(registry, { name, help, label: 'kind', values: kinds })
  const warmed = byKind('lw_warm_count_total', 'Entries that warming stored')
  const filled = tally(registry, {
    name: 'lw_fills_total',
    help: 'Loaded values that were stored, by what loaded them',
    label: 'by',
    values: filledBy,
  })
  return {
    hit: tallyOfTwo(registry, {
      name: 'lw_cache_hits_total',
      help: "Entries that a read found in the cache: near, in the process's memory, or in Redis",
      labels: ['kind', 'level'],
      values: [kinds, hitLevels],
    }),
    miss: byKind('lw_cache_misses_total', 'Entries that a read did not find in the cache'),
    extended: byKind(
      'lw_cache_extended_total',
      'Entries whose expiry was put off because they could not be renewed while the source was away',
    ),
    superseded: byKind('lw_cache_superseded_total', 'Loaded values refused because the entry changed'),
    corrupt: byKind('lw_cache_corrupt_total', 'Values in Redis that were not what they should be'),
    invalidated: byKind('lw_invalidations_total', 'Entries that a change removed or forbade to store'),
    bypassed: byKind('lw_cache_bypassed_total', 'Reads that went to the source because Redis failed'),
    servedInProcess: byKind(
      'lw_cache_served_in_process_total',
      'Of these, answered with what the process had loaded a moment before',
    ),
    filled(kind, count, by) {
      filled(by, count)
      if (by === 'warm') warmed(kind, count)
    },
    leased: tally(registry, {
      name: 'lw_leases_total',
      help: 'Leases asked for, by outcome',
      label: 'outcome',
      values: leaseOutcomes,
    }),
    countsLost: countLost(registry),
    cacheIs: showState(registry),
    read: timeReads(registry),
    fence: timeFences(registry),
    loaded: timeLoads(registry),
  }
}

function countLost(registry: Registry): CacheObserver['countsLost'] {
  const { counter } = metricsIn(registry)
  const lost = counter(
    'lw_read_counts_lost_total',
    'Reads that popularity does not know of, because Redis did not take their counts',
  )
  return reads => lost.inc(reads)
}

function showState(registry: Registry): CacheObserver['cacheIs'] {
  const { gauge } = metricsIn(registry)
  const states = gauge(
    'lw_cache_state',
    'Whether reads trust the cache, 1 for the state that it is in, or the worst of its shards',
    {
      labelNames: ['state'],
    },
  )
  const doubtedShards = gauge(
    'lw_cache_doubted_shards',
    'Shards of the cache whose worlds are read from the source; 0 or 1 where it is no cluster',
  )
  const show: CacheObserver['cacheIs'] = (now, doubted) => {
    for (const state of cacheStates) states.set({ state }, state === now ? 1 : 0)
    doubtedShards.set(doubted?.names.length ?? (now === 'trusted' ? 0 : 1))
  }
  show('trusted')
  return show
}

function timeReads(registry: Registry): NonNullable<CacheObserver['read']> {
  const { histogram } = metricsIn(registry)
  const reads = histogram(
    'lw_read_seconds',
    "How long a read of one entry took: misses from the cache's answer on, one hit of 128",
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    'kind',
    'outcome',
  )
  return (kind, outcome, seconds) => reads.observe({ kind, outcome }, seconds)
}

function timeFences(registry: Registry): NonNullable<CacheObserver['fence']> {
  const { histogram } = metricsIn(registry)
  const fences = histogram(
    'lw_near_fence_seconds',
    'How long near reads waited together for one round trip to Redis',
    [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
  )
  return seconds => fences.observe(seconds)
}

function timeLoads(registry: Registry): CacheObserver['loaded'] {
  const { histogram } = metricsIn(registry)
  const loads = histogram(
    'lw_load_seconds',
    'How long a load from the source took',
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    'kind',
  )
  return (kind, _count, seconds) => loads.observe({ kind }, seconds)
}
