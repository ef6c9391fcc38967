import { groupBy } from 'es-toolkit'
import type { Filled, FillRequest } from '../cache/fill.ts'
import type { Entry } from '../cache/keys.ts'
import { HearthError } from '../model/errors.ts'
import type { Target } from '../model/target.ts'
import type { JobDeps } from './deps.ts'

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
  worldId: string,
  targets: readonly Target[],
  how: How,
): Promise<FilledEntry[]> {
  const { cache } = deps
  const entries = targets.map(target => cache.keys.entryOf(worldId, target))
  const byKind = Object.values(groupBy(entries, ({ kind }) => kind.name))
  const found = await Promise.all(byKind.map(group => fillGroup(deps, group, how)))
  const all = found.flat()
  await cache.popularity.forget(worldId, all.flatMap(absentEntity))
  return all
}

/** Where a value does not fit its kind, the others of the group are filled all the same. */
async function fillGroup(deps: Deps, group: readonly Entry[], how: How): Promise<FilledEntry[]> {
  const { cache, loads, onUnfit } = deps
  const [first] = group as [Entry]
  const items = group.map(({ item }) => item)
  try {
    const load = loads.of(first.kind, first.worldId, items)
    const filled = await cache.fill({ ...how, entries: group, load })
    return group.map((entry, i): FilledEntry => ({ entry, filled: filled[i] as Filled }))
  } catch (error) {
    if (!(error instanceof HearthError && error.code === 'ColumnMismatch')) throw error
    if (group.length === 1) {
      onUnfit?.(error)
      return [{ entry: first, filled: { state: 'unfit' } }]
    }
  }
  const middle = Math.ceil(group.length / 2)
  const halves = [group.slice(0, middle), group.slice(middle)].map(half => fillGroup(deps, half, how))
  return (await Promise.all(halves)).flat()
}

function absentEntity({ entry: { kind, item }, filled }: FilledEntry): string[] {
  const isAbsent = filled.state === 'stored' && filled.text === 'null'
  return kind.counted && isAbsent && typeof item === 'string' ? [item] : []
}
