import { entryOf, type Target } from '../../cache/changes.ts'
import type { Entry } from '../../cache/keys.ts'
import type { Looked } from '../../cache/look.ts'
import { HearthError } from '../../errors.ts'
import type { Checked, Suspect } from '../../queues/audit.ts'
import { entityTypes } from '../../world/world.ts'
import type { JobDeps } from '../deps.ts'
import { judgeForm, judgeLease, judgeValue, readableValue, type Wrong } from './judge.ts'

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
  const entries = targets.map(target => entryOf(cache.keys, worldId, target))
  const { version, entries: looked } = await cache.look(worldId, entries)
  const all = targets.map((target, i) => ({
    target,
    entry: entries[i] as Entry,
    looked: looked[i] as Looked,
  }))
  const sight: Sight = { checked: nothingChecked(), seen: [] }
  const tell = ({ target, looked: { expiresAtMs, leftMs } }: (typeof all)[number], wrong: Wrong) =>
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
    { loads },
    worldId,
    readable.map(({ target }) => target),
  )
  const absent = new Set(readable.filter(({ looked }, i) => looked.text === 'null' && !truths[i]))
  for (const one of all) {
    if (one.looked.type !== 'none' && !absent.has(one)) sight.checked[one.entry.kind] += 1
  }
  readable.forEach((one, i) => {
    const { entry, looked } = one
    const wrong = judgeValue(
      entry,
      looked.text ?? '',
      readableValue(entry, looked) ?? null,
      truths[i] ?? null,
    )
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
  const refs = known.flatMap(id => entityTypes.map(type => ({ type, id })))
  const found = await loads.entities(worldId, refs)([...refs.keys()])
  const isThere = new Set(refs.filter((_, i) => found[i]).map(({ id }) => id))
  return known
    .filter(id => !isThere.has(id))
    .map(id => ({
      target: { kind: 'timeline', id },
      fault: 'popularity',
      detail: 'the truth has no such entity',
      marks: [String(scores[ids.indexOf(id)])],
      ...{ differences: [], expiresAtMs: null, leftMs: null, version: null },
    }))
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

async function truthsOf(
  { loads }: Pick<JobDeps, 'loads'>,
  worldId: string,
  targets: readonly Target[],
): Promise<(object | null)[]> {
  const truths = new Array<object | null>(targets.length).fill(null)
  const load = async (kind: Target['kind'], loading: (positions: number[]) => Promise<(object | null)[]>) => {
    const positions = [...targets.keys()].filter(i => targets[i]?.kind === kind)
    if (positions.length === 0) return
    const loaded = await loading(positions)
    positions.forEach((position, i) => {
      truths[position] = loaded[i] ?? null
    })
  }
  const all = (positions: readonly number[]) => [...positions.keys()]
  const idsAt = (positions: readonly number[]) =>
    positions.map(i => targets[i] as Extract<Target, { id: string }>)
  await load('flags', async () => loads.flags(worldId)([0]))
  await load('snapshot', async () => loads.snapshot(worldId)([0]))
  await load('entity', async at => {
    const refs = idsAt(at) as Extract<Target, { kind: 'entity' }>[]
    return loads.entities(worldId, refs)(all(at))
  })
  await load('timeline', async at => {
    const ids = idsAt(at).map(({ id }) => id)
    return loads.timelines(worldId, ids)(all(at))
  })
  return truths
}

/** While reads do not trust the cache, nobody is misled by it, and what is in it may well be old. */
function requireTrust({ trust }: JobDeps['cache']): void {
  if (trust.holds) return
  throw new HearthError('CacheUnavailable', "the cache's Redis is not trusted yet, so nobody reads it")
}

export const nothingChecked = (): Checked => ({ flags: 0, snapshot: 0, entity: 0, timeline: 0 })
