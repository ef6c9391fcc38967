import type { Item, Kind } from '../../model/kind.ts'
import { type CacheObserver, timedHits } from '../observer.ts'
import type { Fences } from './fences.ts'
import { deepFreeze } from './freeze.ts'
import type { NearCounts } from './near-counts.ts'
import type { Form, NearStore, NearValue } from './near-store.ts'

/** What a read is of, and how old its answer may be. */
export interface NearRead {
  form: Form
  kind: Kind
  worldId: string
  /** How long ago the last fence may have been sent; 0: this read waits for a fence. Default: the cache's. Milliseconds. */
  maxStaleMs?: number | undefined
}

/** Reads what is not near. `unanswered`: why a fence got no answer, so that Redis is not asked once more. */
type Far<Read, Asked, Answer> = (read: Read, asked: Asked, unanswered?: Error) => Promise<Answer>

/**
 * Reads in the process's memory that are as fresh as a GET: a value is served where it still stands after a fence that
 * was sent after the read began. Everything answered is frozen.
 */
export interface NearReads {
  one<R extends NearRead, T>(read: R, item: Item, far: Far<R, Item, T | null>): Promise<T | null>
  /** One fence for all that is near, and one read of the rest. */
  many<R extends NearRead, T>(
    read: R,
    items: readonly Item[],
    far: Far<R, readonly Item[], (T | null)[]>,
  ): Promise<(T | null)[]>
  /** While `work` runs, every read waits for a fence. */
  unaged<T>(work: () => Promise<T>): Promise<T>
}

interface NearReadsDeps {
  store: Pick<NearStore, 'find'>
  fences: Pick<Fences, 'pass' | 'lastSentAt'>
  counts: Pick<NearCounts, 'hit'>
  observer: Pick<CacheObserver, 'nearHit' | 'read'>
  /** Where a read does not say it. Milliseconds. */
  maxStaleMs: number
}

export function createNearReads({
  store,
  fences,
  counts,
  observer,
  maxStaleMs: usual,
}: NearReadsDeps): NearReads {
  let unaged = 0
  let reads = 0

  /** Now, if the last fence is young enough for this read: what stands was fresh when that was sent. */
  function youngEnough(maxStaleMs: number): number | undefined {
    if (maxStaleMs === 0 || unaged > 0) return undefined
    const now = performance.now()
    return now - fences.lastSentAt <= maxStaleMs ? now : undefined
  }

  /** At this time of `performance.now()` it was as fresh as a GET, if it still stands. */
  const serves = (near: NearValue, at: number | undefined): boolean =>
    at !== undefined && near.stands && at < near.expiresAt

  return {
    async one<R extends NearRead, T>(read: R, item: Item, far: Far<R, Item, T | null>) {
      const { form, kind, worldId, maxStaleMs = usual } = read
      const near = store.find(form, kind, worldId, item)
      let unanswered: Error | undefined
      if (near !== undefined) {
        const timedFrom = ++reads % timedHits === 0 ? performance.now() : undefined
        const aged = youngEnough(maxStaleMs)
        const fence = aged === undefined ? await fences.pass() : undefined
        if (serves(near, aged ?? fence?.sentAt)) {
          counts.hit(near)
          observer.nearHit?.(kind.name, 1)
          if (timedFrom !== undefined)
            observer.read?.(kind.name, 'hit', (performance.now() - timedFrom) / 1_000)
          return near.value as T | null
        }
        unanswered = fence?.unanswered
      }
      return deepFreeze(await far(read, item, unanswered))
    },

    async many<R extends NearRead, T>(
      read: R,
      items: readonly Item[],
      far: Far<R, readonly Item[], (T | null)[]>,
    ) {
      const { form, kind, worldId, maxStaleMs = usual } = read
      const near = items.map(item => store.find(form, kind, worldId, item))
      const aged = youngEnough(maxStaleMs)
      const isNear = near.some(found => found !== undefined)
      const absent = items.filter((_, i) => near[i] === undefined)
      const [fence, others] = await Promise.all([
        isNear && aged === undefined ? fences.pass() : undefined,
        absent.length > 0 ? far(read, absent) : [],
      ])
      const served = near.map(found => found !== undefined && serves(found, aged ?? fence?.sentAt))
      const gone = items.filter((_, i) => near[i] !== undefined && !served[i])
      const readAgain = gone.length > 0 ? await far(read, gone, fence?.unanswered) : []
      const rest = { others: others.values(), readAgain: readAgain.values() }
      return near.map((found, i): T | null => {
        if (found !== undefined && served[i]) {
          counts.hit(found)
          observer.nearHit?.(kind.name, 1)
          return found.value as T | null
        }
        return deepFreeze((found ? rest.readAgain : rest.others).next().value ?? null)
      })
    },

    async unaged(work) {
      unaged += 1
      try {
        return await work()
      } finally {
        unaged -= 1
      }
    },
  }
}
