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

/** How one value is read past what is near, and what the reader makes of it, wherever it comes from. */
interface OneHow<Read, T, Answer> {
  far: Far<Read, Item, T | null>
  handOut(read: Read, value: T | null): Answer
}

/**
 * Reads in the process's memory that are as fresh as a GET: a value is served where it still stands after a fence that
 * was sent after the read began. Everything answered is frozen.
 */
export interface NearReads {
  one<R extends NearRead, T, A>(read: R, item: Item, how: OneHow<R, T, A>): Promise<A>
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

  function hit<T>(read: NearRead, near: NearValue): T | null {
    counts.hit(near)
    observer.nearHit?.(read.kind.name, 1)
    return near.value as T | null
  }

  function past<R, T, A>(read: R, item: Item, { far, handOut }: OneHow<R, T, A>, unanswered?: Error) {
    return far(read, item, unanswered).then(value => handOut(read, deepFreeze(value)))
  }

  /** Once a fence is back that is sent from now on. */
  function fenced<R extends NearRead, T, A>(read: R, item: Item, how: OneHow<R, T, A>, near: NearValue) {
    const timedFrom = ++reads % timedHits === 0 ? performance.now() : undefined
    return fences.pass().then(({ sentAt, unanswered }) => {
      if (!serves(near, sentAt)) return past(read, item, how, unanswered)
      if (timedFrom !== undefined)
        observer.read?.(read.kind.name, 'hit', (performance.now() - timedFrom) / 1_000)
      return how.handOut(read, hit<T>(read, near))
    })
  }

  return {
    // One promise, and closures in `fenced` alone: each more costs as much as finding the value.
    one<R extends NearRead, T, A>(read: R, item: Item, how: OneHow<R, T, A>): Promise<A> {
      const near = store.find(read.form, read.kind, read.worldId, item)
      if (near === undefined) return past(read, item, how)
      const aged = youngEnough(read.maxStaleMs ?? usual)
      if (aged === undefined) return fenced(read, item, how, near)
      if (!serves(near, aged)) return past(read, item, how)
      return Promise.resolve(how.handOut(read, hit<T>(read, near)))
    },

    async many<R extends NearRead, T>(
      read: R,
      items: readonly Item[],
      far: Far<R, readonly Item[], (T | null)[]>,
    ) {
      const { form, kind, worldId, maxStaleMs = usual } = read
      const near = items.map(item => store.find(form, kind, worldId, item))
      const aged = youngEnough(maxStaleMs)
      const absent = items.filter((_, i) => near[i] === undefined)
      const [fence, others] = await Promise.all([
        aged === undefined && absent.length < items.length ? fences.pass() : undefined,
        absent.length > 0 ? far(read, absent) : [],
      ])
      const at = aged ?? fence?.sentAt
      const served = near.map(found =>
        found !== undefined && serves(found, at) ? hit<T>(read, found) : undefined,
      )
      const gone = items.filter((_, i) => near[i] !== undefined && served[i] === undefined)
      if (absent.length + gone.length === 0) return served as (T | null)[]
      const readAgain = gone.length > 0 ? await far(read, gone, fence?.unanswered) : []
      const rest = { others: others.values(), readAgain: readAgain.values() }
      return served.map((value, i): T | null => {
        if (value !== undefined) return value
        return deepFreeze((near[i] ? rest.readAgain : rest.others).next().value ?? null)
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
