import type { Registry } from 'prom-client'
import { type NearStats, nearStates } from '../cache/near/near-state.ts'
import { metricsIn } from './define.ts'
import { collected } from './tally.ts'

/** What a process' near cache holds and has done. It is asked when metrics are collected, so that reads pay nothing. */
export function showNear(registry: Registry, near: { readonly stats: NearStats }): void {
  const { gauge } = metricsIn(registry)
  gauge('lw_near_state', "The near cache's state, 1 for the one that it is in", {
    labelNames: ['state'],
    collect() {
      for (const state of nearStates) this.set({ state }, state === near.stats.state ? 1 : 0)
    },
  })

  const held = (name: string, help: string, of: (stats: NearStats) => number) =>
    gauge(name, help, {
      collect() {
        this.set(of(near.stats))
      },
    })
  held('lw_near_bytes', 'Bytes of JSON that are near, and 500 for each entry', ({ bytes }) => bytes)
  held('lw_near_entries', 'Entries that are near', ({ entries }) => entries)

  const done = (name: string, help: string, of: (stats: NearStats) => number) =>
    collected(registry, { name, help, labelNames: [] }, add => add({}, of(near.stats)))
  done('lw_near_evictions_total', 'Near entries that made room for others', ({ evictions }) => evictions)
  done(
    'lw_near_invalidations_total',
    'Changes that Redis signalled of what was near',
    ({ invalidations }) => invalidations,
  )
  done('lw_near_fences_total', 'Round trips that near reads waited for together', ({ fences }) => fences)
  done(
    'lw_near_lost_total',
    'Times that the near cache was emptied: its connection was lost, or Redis was flushed, away or back',
    ({ lost }) => lost,
  )
}
