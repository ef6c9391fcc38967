import type { Filled } from '../cache/fill.ts'
import type { FillRequest } from '../cache/fill-request.ts'
import type { Entry } from '../cache/keys.ts'
import { groupBy } from '../model/group-by.ts'
import type { Target } from '../model/world-data.ts'
import type { JobDeps } from './deps.ts'
import { besideUnfit } from './unfit.ts'

/** An entry, and what became of it; `unfit`: what its query found is not of its kind. */
export interface FilledEntry {
  entry: Entry
  filled: Filled | { state: 'unfit' }
}

type Deps = Pick<JobDeps, 'cache' | 'loads' | 'onUnfit'>
type How = Omit<FillRequest<unknown>, 'entries' | 'load'>

/**
 * Fills entries of one world: for each kind leases in one call, one load, fills in one call. In no particular order.
 * Entities whose entries of a counted kind do not exist are popular no longer, so that no schedule renews them again.
 */
export async function fillByKind(
  deps: Deps,
  { worldId, targets }: { worldId: string; targets: readonly Target[] },
  how: How,
): Promise<FilledEntry[]> {
  const { cache } = deps
  const entries = targets.map(target => cache.keys.entryOf(worldId, target))
  const byKind = [...groupBy(entries, ({ kind }) => kind.name).values()]
  const found = await Promise.all(byKind.map(group => fillGroup(deps, group, how)))
  const all = found.flat()
  await cache.popularity.forget(worldId, all.flatMap(absentEntity))
  return all
}

function fillGroup(
  { cache, loads, onUnfit }: Deps,
  group: readonly Entry[],
  how: How,
): Promise<FilledEntry[]> {
  return besideUnfit(
    group,
    async entries => {
      const [{ kind, worldId }] = entries as [Entry]
      const filled = await cache.fill({ ...how, entries, load: loads.of(kind, worldId) })
      return entries.map((entry, i): FilledEntry => ({ entry, filled: filled[i] as Filled }))
    },
    (entry, error) => {
      onUnfit?.(error)
      return { entry, filled: { state: 'unfit' } }
    },
  )
}

function absentEntity({ entry: { kind, item }, filled }: FilledEntry): string[] {
  const isAbsent = filled.state === 'stored' && filled.text === 'null'
  return kind.counted && isAbsent && typeof item === 'string' ? [item] : []
}
