import { groupBy } from 'es-toolkit'
import type { Entry } from '../../cache/keys.ts'
import type { Peeked } from '../../cache/peek.ts'
import { entityTypes } from '../../model/entity.ts'
import { HearthError } from '../../model/errors.ts'
import { entity } from '../../model/kinds/entity.ts'
import type { Target } from '../../model/target.ts'
import type { Load } from '../../world/loads.ts'
import type { JobDeps } from '../deps.ts'
import { judgeForm, judgeLease, judgeValue, readableValue, type Wrong } from './checks.ts'
import type { Checked, Suspect } from './payload.ts'

/** Something wrong, and with what. */
export interface Seen extends Wrong {
  target: Target
  expiresAtMs: number | null
  leftMs: number | null
  version: number | null
}

export interface Sight {
  /**
   * Entries that were there. What is not there is not wrong, and is not loaded; what is rightly remembered as missing is
   * no entry.
   */
  checked: Checked
  seen: Seen[]
}

type LookDeps = Pick<JobDeps, 'cache' | 'loads'>

/** Which of an entry's two keys is looked at. */
export type Part = 'entry' | 'lease'

/**
 * Compares entries with the truth. First the entries, then the truth, so what changes in between looks different: a
 * difference that is seen once tells nothing.
 */
export async function lookAtEntries(
  { cache, loads }: LookDeps,
  worldId: string,
  targets: readonly Target[],
  parts: readonly Part[] = ['entry', 'lease'],
): Promise<Sight> {
  requireTrust(cache)
  const entries = targets.map(target => cache.keys.entryOf(worldId, target))
  const { version, entries: looked } = await cache.peek(worldId, entries)
  const all = targets.map((target, i) => ({
    target,
    entry: entries[i] as Entry,
    looked: looked[i] as Peeked,
  }))
  const sight: Sight = { checked: {}, seen: [] }
  const tell = ({ target, looked: { expiresAtMs, ttlMs: leftMs } }: (typeof all)[number], wrong: Wrong) =>
    sight.seen.push({ ...wrong, target, expiresAtMs, leftMs, version })

  if (parts.includes('lease')) {
    for (const one of all) {
      const wrong = judgeLease(one.looked, cache)
      if (wrong) tell(one, wrong)
    }
  }
  if (!parts.includes('entry')) return sight
  for (const one of all) {
    for (const wrong of judgeForm(one.entry, one.looked, cache)) tell(one, wrong)
  }
  const readable = all.filter(({ entry, looked }) => readableValue(entry, looked) !== undefined)
  const truths = await truthsOf(
    loads,
    worldId,
    readable.map(({ entry }) => entry),
  )
  const absent = new Set(readable.filter(({ looked }, i) => looked.text === 'null' && !truths[i]))
  for (const one of all) {
    if (one.looked.type !== 'none' && !absent.has(one))
      sight.checked[one.entry.kind.name] = (sight.checked[one.entry.kind.name] ?? 0) + 1
  }
  readable.forEach((one, i) => {
    const { entry, looked } = one
    const truth = truths[i] ?? null
    if (truth === unfit) return
    const wrong = judgeValue(entry, looked.text ?? '', readableValue(entry, looked) ?? null, truth)
    if (wrong) tell(one, wrong)
  })
  return sight
}

/** Entities whose popularity is kept although the truth does not have them. */
export async function lookAtPopularity(
  { cache, loads }: LookDeps,
  worldId: string,
  ids: readonly string[],
): Promise<Seen[]> {
  if (ids.length === 0) return []
  const scores = await cache.popularity.scores(worldId, ids)
  const known = ids.filter((_, i) => scores[i] !== null)
  const isThere = await thatExist({ cache, loads }, worldId, known)
  const [counted] = cache.keys.kinds.counted
  return known
    .filter(id => !isThere.has(id))
    .map(id => ({
      target: { kind: counted?.name ?? '', id },
      fault: 'popularity',
      detail: 'the truth has no such entity',
      marks: [String(scores[ids.indexOf(id)])],
      ...{ differences: [], expiresAtMs: null, leftMs: null, version: null },
    }))
}

/** Those that are entities, or of which a counted kind has a value. */
async function thatExist(
  { cache, loads }: LookDeps,
  worldId: string,
  ids: readonly string[],
): Promise<Set<string>> {
  const refs = ids.flatMap(id => entityTypes.map(type => ({ type, id })))
  const entities = await loads.of(cache.keys.kinds.named(entity.name), worldId, refs)([...refs.keys()])
  const isThere = new Set(refs.filter((_, i) => entities[i]).map(({ id }) => id))
  for (const kind of cache.keys.kinds.counted) {
    const open = ids.filter(id => !isThere.has(id))
    const values = open.length === 0 ? [] : await loadEach(loads.of(kind, worldId, open), [...open.keys()])
    open.forEach((id, i) => {
      if (values[i] != null) isThere.add(id)
    })
  }
  return isThere
}

/** Of the same fault of the same entry: whether it is the difference that was seen before, or another one. */
export function isSame(before: Suspect, now: Seen): boolean {
  // One that is counted again meanwhile is there again.
  if (now.fault === 'popularity') return Number(now.marks[0]) <= Number(before.marks[0])
  return (
    (now.fault === 'lease' || isSameEntry(before, now)) && now.marks.some(mark => before.marks.includes(mark))
  )
}

/** What Redis rounds. Milliseconds. */
const expirySlackMs = 50

/** Whether it has not been stored anew since: an entry keeps its end as long as it lives. */
function isSameEntry(before: Suspect, now: Seen): boolean {
  if (before.expiresAtMs === null || now.expiresAtMs === null) return before.expiresAtMs === now.expiresAtMs
  return Math.abs(before.expiresAtMs - now.expiresAtMs) <= expirySlackMs
}

/** What the source has of these entries, in one load of each kind. */
async function truthsOf(
  loads: JobDeps['loads'],
  worldId: string,
  entries: readonly Entry[],
): Promise<(object | null | typeof unfit)[]> {
  const truths = new Array<object | null | typeof unfit>(entries.length).fill(null)
  const byKind = Object.values(groupBy([...entries.keys()], i => (entries[i] as Entry).kind.name))
  for (const positions of byKind) {
    const group = positions.map(i => entries[i] as Entry)
    const [{ kind }] = group as [Entry]
    const items = group.map(({ item }) => item)
    const loaded = await loadEach(loads.of(kind, worldId, items), [...items.keys()])
    positions.forEach((position, i) => {
      truths[position] = loaded[i] ?? null
    })
  }
  return truths
}

/** In place of a value that is not of its kind: with that nothing can be compared. */
const unfit = Symbol('unfit')

/** In one load, unless a value does not fit its kind: then the others are found by halves. */
async function loadEach(
  load: Load<unknown>,
  positions: readonly number[],
): Promise<(object | null | typeof unfit)[]> {
  try {
    return (await load(positions)) as (object | null)[]
  } catch (error) {
    if (!(error instanceof HearthError && error.code === 'ColumnMismatch')) throw error
    if (positions.length === 1) return [unfit]
  }
  const middle = Math.ceil(positions.length / 2)
  const halves = [positions.slice(0, middle), positions.slice(middle)].map(half => loadEach(load, half))
  return (await Promise.all(halves)).flat()
}

/** While reads do not trust the cache, nobody is misled by it, and what is in it may well be old. */
function requireTrust({ cacheState }: JobDeps['cache']): void {
  if (cacheState.isTrusted) return
  throw new HearthError('CacheUnavailable', "the cache's Redis is not trusted yet, so nobody reads it")
}
