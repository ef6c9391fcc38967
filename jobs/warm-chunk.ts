import type { Filled } from '../cache/filler.ts'
import type { LeaseMode } from '../cache/leases.ts'
import type { WarmChunkPayload, WarmTally } from '../queues/warm.ts'
import type { JobDeps } from './deps.ts'

/** Fills some entities' states and timelines: for each kind leases in one call, one load, fills in one call. */
export async function warmChunk(
  { cache, loads }: JobDeps,
  { worldId, force, entities, timelines }: WarmChunkPayload,
): Promise<WarmTally> {
  const how = warmingAs(cache, force ? 'renew' : 'warm')
  const [states, events] = await Promise.all([
    cache.filler.fill({
      ...how,
      entries: entities.map(ref => cache.keys.entity(worldId, ref)),
      load: loads.entities(worldId, entities),
    }),
    cache.filler.fill({
      ...how,
      entries: timelines.map(entityId => cache.keys.timeline(worldId, entityId)),
      load: loads.timelines(worldId, timelines),
    }),
  ])
  return sum([tally(states), tally(events)])
}

/** Waits out the leases of a worker that died, so that what it held is filled too. */
export const warmingAs = (cache: JobDeps['cache'], mode: LeaseMode) =>
  ({ mode, by: 'warm', waitMs: cache.leaseMs + 2_000 }) as const

export function tally(filled: readonly Filled[]): WarmTally {
  const count = (state: Filled['state']) => filled.filter(outcome => outcome.state === state).length
  return {
    entries: filled.length,
    filled: count('stored'),
    alive: count('alive'),
    superseded: count('superseded'),
    held: count('held'),
    bytes: filled.reduce((sum, outcome) => sum + bytesOf(outcome), 0),
  }
}

function bytesOf(outcome: Filled): number {
  if (outcome.state === 'stored') return Buffer.byteLength(outcome.text)
  return outcome.state === 'alive' ? outcome.bytes : 0
}

export function sum(tallies: readonly WarmTally[]): WarmTally {
  const total: WarmTally = { entries: 0, filled: 0, alive: 0, superseded: 0, held: 0, bytes: 0 }
  for (const one of tallies) {
    for (const field of Object.keys(total) as (keyof WarmTally)[]) total[field] += one[field]
  }
  return total
}
