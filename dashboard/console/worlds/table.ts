import type { Queue } from 'bullmq'
import { chunk, sumBy } from 'es-toolkit'
import { LRUCache } from 'lru-cache'
import { latestWorlds } from '../../../cache/world-facts.ts'
import { type WorldSize, worldSizes } from '../../../cache/world-sizes.ts'
import { worldsBeingWarmed } from '../../../jobs/warm/being-warmed.ts'
import { createFleetReader, type MinuteOfWorld } from '../../../queues/fleet-counts.ts'
import type { QueueStore } from '../../../queues/redis.ts'
import { endsWithin } from '../../../resilience/within.ts'
import { createCensusKeeper } from '../census-keeper.ts'
import { createLook } from '../look.ts'
import type { OverviewSources } from '../looks.ts'
import { matches, sorted, type WorldRow, type WorldsQuery } from './row.ts'
import { createSweep, type SweepState } from './sweep.ts'

export interface WorldsDeps {
  sources: Pick<OverviewSources, 'cache' | 'pending' | 'pendingWorlds'> & { store: QueueStore }
  queues: readonly Queue[]
  onError(error: unknown): void
}

/** A page of the table, as it goes over the wire. Times in ms since 1970. */
export interface WorldsPage {
  at: number
  rows: WorldRow[]
  /** How many worlds match, and how many there are. */
  matching: number
  total: number
  /** How new each group of columns is. */
  ages: { list: SweepState; warmth: SweepState; reads: SweepState; pending: SweepState; warming: SweepState }
}

/** Worlds that are listed, the latest ones: there is no end to worlds. */
const maxWorlds = 20_000
/** How many worlds a step asks for. */
const [listed, measured, counted, queued] = [1_000, 100, 500, 100]
const [minutes, rateMinutes] = [30, 5]
/** How long an answer waits for what is not known yet, or known to be wrong. Milliseconds. */
const patienceMs = 800
/** So long after a world was last seen being warmed its figures may lack what that brought: pages ask every 2 s. */
const lateMs = 5_000

/**
 * Every world with its figures, in the memory of this process, so that it can be sorted by any of them. It is renewed in
 * steps, each source's figures by themselves, while a page asks. What comes of it is answered at once.
 */
export function createWorldsTable({ sources, queues, onError }: WorldsDeps) {
  const { cache, store } = sources
  const fleet = createFleetReader(store)
  const census = createCensusKeeper(cache, onError)
  let lastActive = new Map<string, number>()
  let sizes = new Map<string, WorldSize>()
  let reads = new Map<string, Reads>()
  let pending: Map<string, number> | null = null

  async function* list() {
    const found = new Map<string, number>()
    for (let from = 0; from < maxWorlds; from += listed) {
      const page = await latestWorlds(cache, listed, from)
      for (const [id, at] of page) found.set(id, at)
      if (lastActive.size < found.size) lastActive = found // the first one is shown as it comes
      yield
      if (page.length < listed) break
    }
    lastActive = found
  }

  async function* measure() {
    const ids = [...lastActive.keys()]
    sizes = new Map([...sizes].filter(([id]) => lastActive.has(id)))
    for (const batch of chunk(ids, measured)) {
      await measureThese(batch)
      yield
    }
  }

  async function measureThese(ids: readonly string[]) {
    const found = await worldSizes(cache, ids)
    ids.forEach((id, i) => void sizes.set(id, found[i] as WorldSize))
  }

  async function* countReads() {
    const found = new Map<string, Reads>()
    for (const batch of chunk([...lastActive.keys()], counted)) {
      for (const [id, ofWorld] of await fleet.readsOf(batch, minutes)) found.set(id, readsIn(ofWorld))
      yield
    }
    reads = found
  }

  async function* countPending() {
    const found = new Map<string, number>()
    for (const batch of chunk(await sources.pendingWorlds(), queued)) {
      for (const [id, count] of await sources.pending(batch)) if (count > 0) found.set(id, count)
      yield
    }
    pending = found
  }

  const sweeps = {
    list: createSweep(list, { everyMs: 2_000, onError }),
    warmth: createSweep(measure, { everyMs: 10_000, onError }),
    reads: createSweep(countReads, { everyMs: 5_000, onError }),
    pending: createSweep(countPending, { everyMs: 5_000, onError }),
  }
  const warming = createLook(() => worldsBeingWarmed(queues), { everyMs: 1_000 })
  const warmedLately = new LRUCache<string, true>({ max: 1_000, ttl: lateMs })

  /** The list first: the others go by it. */
  async function look(): Promise<void> {
    const isFirst = sweeps.list.state().at === null
    const listing = sweeps.list.look()
    if (isFirst) await listing
    await Promise.all([sweeps.warmth.look(), sweeps.reads.look(), sweeps.pending.look()])
  }

  function rowOf(id: string, jobs: ReadonlyMap<string, WorldRow['warming']>): WorldRow {
    const at = lastActive.get(id) ?? null
    const size = sizes.get(id)
    const read = reads.get(id)
    const present = census.of(id) ?? size?.alive ?? null
    const expected = size?.expected ?? null
    return {
      id,
      lastActiveAt: at,
      isActive: at !== null && at > (size?.deactivatedAt ?? 0),
      perSecond: read?.perSecond ?? null,
      hitRate: read?.hitRate ?? null,
      present,
      expected,
      isCounted: census.of(id) !== null,
      warmShare: shareOf(present, expected),
      hot: size?.hot ?? null,
      pending: pending && (pending.get(id) ?? 0),
      warming: jobs.get(id) ?? null,
    }
  }

  function find(query: WorldsQuery, jobs: ReadonlyMap<string, WorldRow['warming']>) {
    const ids = new Set([...lastActive.keys(), ...(pending?.keys() ?? [])])
    const all = Array.from(ids, id => rowOf(id, jobs))
    const found = sorted(
      all.filter(row => matches(row, query)),
      query,
    )
    const rows = found.slice(query.offset, query.offset + query.limit)
    return { rows, matching: found.length, total: ids.size }
  }

  /** Measures and counts those of the rows whose figures are likely to be wrong. Answers whether there were any. */
  async function renew(rows: readonly WorldRow[], isWrong: (id: string) => boolean): Promise<boolean> {
    const ids = rows.map(({ id }) => id)
    const wrong = ids.filter(isWrong)
    const counting = census.look(ids, wrong.length > 0)
    if (wrong.length > 0) await endsWithin(patienceMs, Promise.all([measureThese(wrong), counting]))
    return wrong.length > 0
  }

  return {
    /** `anew`: something was just done to worlds, so what is known of those on the page is renewed first. */
    async page(query: WorldsQuery, { anew = false } = {}): Promise<WorldsPage> {
      const looking = look()
      const isNew = sweeps.warmth.state().at === null || sweeps.reads.state().at === null
      if (isNew) await endsWithin(patienceMs, looking)
      const { value: jobs = [], at, error } = await warming.ask({ anew })
      const byWorld = new Map(
        jobs.map(({ worldId, id, state, progress }) => {
          const { done = null, total = null } = progress ?? {}
          return [worldId ?? '', { id, state, done, total }]
        }),
      )
      for (const id of byWorld.keys()) warmedLately.set(id, true)
      const known = find(query, byWorld)
      const isRenewed = await renew(known.rows, id => anew || warmedLately.has(id))
      const { rows, matching, total } = isRenewed ? find(query, byWorld) : known
      const { list, warmth, reads, pending: waiting } = sweeps
      const ages = {
        list: list.state(),
        warmth: warmth.state(),
        reads: reads.state(),
        pending: waiting.state(),
        warming: { at, error: error?.message ?? null },
      }
      return { at: Date.now(), rows, matching, total, ages }
    },
    close(): void {
      for (const sweep of Object.values(sweeps)) sweep.close()
      census.close()
    },
  }
}

interface Reads {
  perSecond: number
  hitRate: number | null
}

function readsIn(all: readonly MinuteOfWorld[]): Reads {
  const readsOf = (some: readonly MinuteOfWorld[]) => sumBy(some, ({ hits, misses }) => hits + misses)
  const read = readsOf(all)
  const seconds = (rateMinutes - 1) * 60 + (Date.now() % 60_000) / 1_000 // the last minute is not over
  return {
    perSecond: readsOf(all.slice(-rateMinutes)) / seconds,
    hitRate: read === 0 ? null : sumBy(all, ({ hits }) => hits) / read,
  }
}

/** Of a world that was warmed; what came into it since makes it no warmer than wholly. */
function shareOf(present: number | null, expected: number | null): number | null {
  if (present === null || expected === null) return null
  return expected === 0 ? 1 : Math.min(1, present / expected)
}
