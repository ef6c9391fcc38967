import { type Kind, typesOf } from '../model/kind.ts'
import type { Kinds } from '../model/kinds.ts'
import type { Target } from '../model/world-data.ts'
import type { Keys } from './keys.ts'
import { isAbsence } from './presence.ts'
import type { CacheRedis } from './scripts.ts'
import { type Standing, standings } from './standing.ts'
import type { WorldWalk } from './world-walk.ts'

/** Something that a world has in its source. */
export interface SourceEntry {
  target: Target
  /** Whether a warming brings it in, by its kind's rule. */
  chosen: boolean
}

/**
 * Why something that exists is not in the cache. `expired`: its time is over. `invalidated`: a change made it stale, and
 * it was not loaded since. `evicted`: it went before its time, and no change made it go: Redis evicted it, or another
 * program deleted it. `absent`: remembered as missing, although the source lists its entity. `over-budget`: the last
 * warming ended at its budget before it. `not-chosen`: its kind's rule does not warm it. `never-warmed`: its world never
 * was. `unknown`: nothing is noted of it (any more).
 */
export const coldReasons = [
  'never-warmed',
  'expired',
  'invalidated',
  'evicted',
  'absent',
  'over-budget',
  'not-chosen',
  'unknown',
] as const
export type ColdReason = (typeof coldReasons)[number]

/** How warm a world is, by kind. */
export interface WorldWarmth {
  rows: WarmthRow[]
  /** How many entries live for less than each of `lifeBoundsMs`, and not less than the one before; behind them the rest. */
  lives: number[]
  /** Entries without end. */
  forEver: number
  /** Whether it was looked at all that the index names. */
  isWhole: boolean
}

export interface WarmthRow {
  kind: string
  /** The kind in words, which entities' types are a part of: `timeline`, `character`. */
  what: string
  /** How many the source has; null where that is not known. */
  exists: number | null
  /** Of values that exist. */
  present: number
  bytes: number
  /** What the source does not have, remembered as missing. It is none of the present ones. */
  absences: number
  /** Not there, and being loaded. */
  loading: number
  cold: Partial<Record<ColdReason, number>>
}

export const lifeBoundsMs = [60, 120, 300, 600, 900, 1_800, 3_600, 6 * 3_600].map(s => s * 1_000)

export interface WarmthOptions {
  /** What the source has of the world; null where that is not known. */
  source: readonly SourceEntry[] | null
  isWarmed: boolean
  /** When the last warming ended at its budget, in ms since 1970; null where it did not, or that is not known. */
  overBudgetAt: number | null
}

interface WarmthDeps {
  redis: CacheRedis
  keys: Keys
  walk: Pick<WorldWalk, 'indexed'>
  leaseMs: number
  ttlPolicy: { usualMs(kind: Kind): number }
}

/** Entries of a world that are looked at; more would take seconds. */
const maxEntries = 50_000
/** The index gives an entry a second more than Redis does. */
const slackMs = 1_000

/** Goes through the world's index, and what its source has, some hundreds of entries at a time. Throws `CacheUnavailable`. */
export async function worldWarmth(
  deps: WarmthDeps,
  worldId: string,
  options: WarmthOptions,
): Promise<WorldWarmth> {
  const { keys, leaseMs, ttlPolicy } = deps
  const { source, isWarmed, overBudgetAt } = options
  const rows = new Map(inOrder(keys.kinds, source !== null).map(row => [row.what, row]))
  const looked = await lookedAt(deps, worldId, source)
  const lives = new Array<number>(lifeBoundsMs.length + 1).fill(0)
  let forEver = 0

  function reasonOf({ kind, chosen }: Looked, { noted }: Standing): ColdReason {
    if (noted?.isInvalidated) return 'invalidated'
    // A name may be noted for a lease alone: only what was to last longer was certainly an entry.
    if (noted && noted.leftMs > leaseMs + slackMs) return 'evicted'
    if (noted) return noted.leftMs <= slackMs ? 'expired' : 'unknown'
    if (!chosen) return 'not-chosen'
    if (!isWarmed) return 'never-warmed'
    const isRecent = overBudgetAt !== null && Date.now() - overBudgetAt < ttlPolicy.usualMs(kind) / 2
    return isRecent ? 'over-budget' : 'unknown'
  }

  function count(one: Looked, standing: Standing): void {
    const row = rows.get(one.what)
    if (!row) return
    const { bytes, ttlMs, isLeased } = standing
    const isThere = ttlMs !== null && bytes > 0
    if (one.exists && row.exists !== null) row.exists += 1
    if (isThere && !isAbsence(bytes)) {
      row.present += 1
      row.bytes += bytes
      if (ttlMs === Number.POSITIVE_INFINITY) forEver += 1
      else lives[lifeBucket(ttlMs)] = (lives[lifeBucket(ttlMs)] ?? 0) + 1
      return
    }
    if (isThere) row.absences += 1
    if (source !== null && !one.exists) return // it is not cold: it does not exist
    if (isThere) row.cold.absent = (row.cold.absent ?? 0) + (one.exists ? 1 : 0)
    else if (isLeased) row.loading += 1
    else {
      const reason = reasonOf(one, standing)
      row.cold[reason] = (row.cold[reason] ?? 0) + 1
    }
  }

  for await (const batch of standings(deps, worldId, looked.entries)) {
    for (const [one, standing] of batch) count(one, standing)
  }
  return { rows: [...rows.values()], lives, forEver, isWhole: looked.isWhole }
}

export function lifeBucket(ttlMs: number): number {
  const found = lifeBoundsMs.findIndex(bound => ttlMs < bound)
  return found === -1 ? lifeBoundsMs.length : found
}

/** An entry that is to be looked at. */
interface Looked {
  kind: Kind
  what: string
  key: string
  lease: string
  /** Whether the source has it, and a warming brings it in. Both true where the source is not known. */
  exists: boolean
  chosen: boolean
}

/** What the source has, and what else the index names. */
async function lookedAt(
  { keys, walk }: WarmthDeps,
  worldId: string,
  source: WarmthOptions['source'],
): Promise<{ entries: Looked[]; isWhole: boolean }> {
  const entries = new Map<string, Looked>()
  const add = (target: Target, { exists, chosen }: Pick<Looked, 'exists' | 'chosen'>) => {
    const { kind, key, lease } = keys.entryOf(worldId, target)
    if (entries.has(key)) return
    entries.set(key, { kind, what: kind.noun(target.type), key, lease, exists, chosen })
  }
  for (const { target, chosen } of source ?? []) add(target, { exists: true, chosen })
  const isAssumed = source === null
  for await (const targets of walk.indexed(worldId)) {
    for (const target of targets) add(target, { exists: isAssumed, chosen: isAssumed })
    if (entries.size > maxEntries) return { entries: [...entries.values()], isWhole: false }
  }
  return { entries: [...entries.values()], isWhole: true }
}

/** A row for each type of each kind. */
const inOrder = ({ all }: Kinds, isKnown: boolean): WarmthRow[] =>
  all.flatMap(kind =>
    typesOf(kind).map(type => ({
      kind: kind.name,
      what: kind.noun(type),
      exists: isKnown ? 0 : null,
      present: 0,
      bytes: 0,
      absences: 0,
      loading: 0,
      cold: {},
    })),
  )
