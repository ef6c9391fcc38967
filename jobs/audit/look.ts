import { countBy, zip } from 'es-toolkit'
import type { Entry } from '../../cache/keys.ts'
import type { Peeked } from '../../cache/peek.ts'
import { entity } from '../../model/built-in-kinds.ts'
import { HearthError } from '../../model/errors.ts'
import { groupBy } from '../../model/group-by.ts'
import type { Kind } from '../../model/kind.ts'
import { entityTypes, type Target } from '../../model/world-data.ts'
import type { Load } from '../../world/loads.ts'
import type { JobDeps } from '../deps.ts'
import { besideUnfit } from '../unfit.ts'
import { checkLease, checkLife, checkValue, type Truth, unfit, type Wrong } from './checks.ts'
import type { Checked, Suspect } from './payload.ts'

/** Something wrong, and with what. */
export interface Seen extends Wrong {
  target: Target
  expiresAtMs: number | null
  leftMs: number | null
  version: number | null
}

type LookDeps = Pick<JobDeps, 'cache' | 'loads'>

/** An entry that is looked at. */
interface Viewed {
  target: Target
  entry: Entry
  looked: Peeked
}

/**
 * Compares entries with the source, and looks at their leases. First the entries, then the source, so what changes in between looks different: a
 * difference that is seen once means nothing. `checked` counts the entries that were there: what is not there is not
 * wrong, and is not loaded; what is rightly remembered as missing is no entry. `existing`: entities that the source was
 * seen to have.
 */
export async function lookAtEntries(
  { cache, loads }: LookDeps,
  worldId: string,
  targets: readonly Target[],
): Promise<{ checked: Checked; seen: Seen[]; existing: string[] }> {
  requireTrust(cache, worldId)
  const entries = targets.map(target => cache.keys.entryOf(worldId, target))
  const { version, entries: looked } = await cache.peek(worldId, entries)
  const all = zip(targets, entries, looked).map(
    ([target, entry, looked]): Viewed => ({ target, entry, looked }),
  )
  const seen: Seen[] = []
  const note = (
    { target, looked: { expiresAtMs, ttlMs: leftMs } }: Viewed,
    wrong: Wrong | undefined,
  ): void => {
    if (wrong) seen.push({ ...wrong, target, expiresAtMs, leftMs, version })
  }

  const truths = await truthsOf(loads, worldId, all)
  for (const one of all) {
    const { entry, looked } = one
    note(one, checkLease(looked, cache))
    note(one, checkLife(entry, looked, cache))
    note(one, checkValue(entry, looked, truths.get(one)))
  }
  const isAbsent = (one: Viewed) => one.looked.text === 'null' && truths.get(one) === null
  const there = all.filter(one => one.looked.type !== 'none' && !isAbsent(one))
  const existing = [...truths].flatMap(([{ entry, target }, truth]) =>
    target.id !== undefined && provesEntity(entry.kind) && truth !== null && truth !== unfit ? target.id : [],
  )
  return { checked: countBy(there, ({ entry }) => entry.kind.name), seen, existing }
}

/** Whether an id of which the source has a value of this kind may be popular. */
const provesEntity = (kind: Kind): boolean => kind.counted || kind.name === entity.name

/** Entities whose popularity is kept although the source does not have them. */
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
      detail: 'the source has no such entity',
      marks: [String(scores[ids.indexOf(id)])],
      differences: [],
      expiresAtMs: null,
      leftMs: null,
      version: null,
    }))
}

/** Those that are entities, or of which a counted kind has a value. */
async function thatExist(
  { cache, loads }: LookDeps,
  worldId: string,
  ids: readonly string[],
): Promise<Set<string>> {
  const refs = ids.flatMap(id => entityTypes.map(type => ({ item: { type, id } })))
  const entities = await loads.of(cache.keys.kinds.named(entity.name), worldId)(refs)
  const isThere = new Set(refs.filter((_, i) => entities[i]).map(({ item }) => item.id))
  for (const kind of cache.keys.kinds.counted) {
    const open = ids.filter(id => !isThere.has(id)).map(item => ({ item }))
    const values = open.length === 0 ? [] : await loadEach(loads.of(kind, worldId), open)
    open.forEach(({ item }, i) => {
      if (values[i] != null) isThere.add(item)
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

/** What the source has of those that have a text, in one load of each kind. */
async function truthsOf(
  loads: JobDeps['loads'],
  worldId: string,
  all: readonly Viewed[],
): Promise<Map<Viewed, Truth>> {
  const texts = all.filter(({ looked }) => looked.text !== null)
  const truths: [Viewed, Truth][] = []
  for (const group of groupBy(texts, ({ entry }) => entry.kind.name).values()) {
    const [{ entry }] = group as [Viewed]
    const entries = group.map(({ entry }) => entry)
    truths.push(...zip(group, await loadEach(loads.of(entry.kind, worldId), entries)))
  }
  return new Map(truths)
}

const loadEach = (load: Load<unknown>, entries: Parameters<Load<unknown>>[0]): Promise<Truth[]> =>
  besideUnfit(
    entries,
    async batch => (await load(batch)).map(value => (value as object | undefined) ?? null),
    (): Truth => unfit,
  )

/** While reads do not trust the cache, no reader is misled by it, and what is in it may well be old. */
function requireTrust({ cacheState, keys }: JobDeps['cache'], worldId: string): void {
  if (cacheState.trusts(keys.version(worldId))) return
  throw new HearthError('CacheUnavailable', "the cache's Redis is not trusted yet, so no process reads it")
}
