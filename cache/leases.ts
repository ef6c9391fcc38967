import { randomUUID } from 'node:crypto'
import { countBy, partition, uniq } from 'es-toolkit'
import type { Entry, Keys } from './keys.ts'
import type { KnownBookmarks } from './known-bookmarks.ts'
import { type CacheObserver, leaseOutcomes } from './observer.ts'
import { inCalls, type RunScript } from './script-calls.ts'
import type { Scripts } from './scripts.ts'

/**
 * The lease protocol: only the holder of an entry's lease may fill it, and every change kills the lease, so a value
 * that was read before a change is never stored after it. After Nishtala et al., "Scaling Memcache at Facebook"
 * (NSDI 2013), section 3.2.1.
 */
export interface Leases {
  /**
   * Takes the leases of entries of one world, all with one token. Take them before the load begins. `bookmarks`: what the
   * load must have.
   */
  take(
    entries: readonly Entry[],
    mode: LeaseMode,
    options?: Limited & { unlessTtlMs?: number | undefined },
  ): Promise<{ token: string; answers: LeaseAnswer[]; bookmarks: readonly string[] }>
  /**
   * Takes the leases of living entries, also from another holder, with their values, to add to these; null where there is
   * no entry: then its lease is gone.
   */
  amend(entries: readonly Entry[]): Promise<{ token: string; values: (string | null)[] }>
  /**
   * Puts events at the front of living timelines of one world, where they belong there; true for each that has them now,
   * or that is not there: no load begun before can be stored then. False: it takes a lease to amend this one.
   */
  prepend(worldId: string, fronts: readonly Front[], maxEvents: number): Promise<boolean[]>
  /**
   * Stores values whose leases still stand under `token`; true for each that was stored. With `raises` they are changes:
   * it also raises that world's version, whether anything was stored or not.
   */
  fill(
    token: string,
    fills: readonly EntryFill[],
    options?: Limited & { raises?: string },
  ): Promise<boolean[]>
  /** Gives leases back unused, so that no reader waits for them to expire. */
  giveBack(token: string, entries: readonly Entry[]): Promise<void>
  /**
   * Lets living entries whose leases still stand under `token` live for `ttlMs` from now on, if that is longer, and gives
   * the leases back; true for each that was extended. No absence and no change is made to last by it.
   */
  extend(token: string, extensions: readonly { entry: Entry; ttlMs: number }[]): Promise<boolean[]>
  /**
   * Removes entries and leases and raises the world's version, in one step. With `unlessVersion` only where the world
   * has not come that far. In the same step Redis gets the bookmarks that this process has noted of the world.
   */
  invalidate(
    worldId: string,
    entries: readonly Entry[],
    options?: Limited & { unlessVersion?: number | null },
  ): Promise<Invalidated>
}

interface Limited {
  /** Within what time Redis has to answer. Default: what its connection allows. Milliseconds. */
  limitMs?: number | undefined
}

export interface Invalidated {
  outcome: 'invalidated' | 'already'
  /** The world's version afterwards. */
  version: number
  /** How many of the entries were there. */
  existed: number
}

/**
 * `read`: a living entry comes with its value. `warm`: it is only reported. `renew`: its lease is taken beside it, unless
 * it lives for `unlessTtlMs` or longer. `seize`: its lease is taken, also from another holder, and the entry is gone.
 */
export type LeaseMode = 'read' | 'warm' | 'renew' | 'seize'

export type LeaseAnswer =
  | { state: 'leased' }
  /** Another reader or process loads it, under this token. */
  | { state: 'held'; holder: string }
  | Alive

/** It is there: its JSON text in mode `read`, else empty. `bytes`: how long that is. `ttlMs`: in mode `renew`. */
export interface Alive {
  state: 'alive'
  text: string
  bytes: number
  ttlMs: number
}

export interface EntryFill {
  readonly entry: Entry
  /** JSON text. */
  readonly value: string
  readonly ttl: Ttl
}

/**
 * How long a value is stored: milliseconds, at least 1; `ever`; `rest`, what is left of the entry's life; `gone`, not at
 * all, and the entry is removed; `none`, not at all, and the entry stays.
 */
export type Ttl = number | 'ever' | 'rest' | 'gone' | 'none'

/** Events that are likely to be the newest of a timeline. */
export interface Front {
  readonly entry: Entry
  /** Their JSON texts, newest first, in one text as `encode` separates them. */
  readonly events: string
  /** The timestamp of the oldest of them. */
  readonly oldest: string
  readonly count: number
  /** Their ids, newest first, and behind them those of events that must not be there. */
  readonly ids: readonly string[]
}

interface LeasesDeps {
  keys: Keys
  run: RunScript
  /** For what makes changes visible: what it answers is not undone by a failover. */
  confirmed: RunScript
  scripts: Scripts
  /** How long a load may take before another may start one. Milliseconds. */
  leaseMs: number
  bookmarks: Pick<KnownBookmarks, 'unsent' | 'sent' | 'seen'>
  observer: CacheObserver
  /** Called with entries before they are invalidated, and after: a read in between may have brought the older value near. */
  onInvalidate(entries: readonly Entry[]): void
}

export function createLeases(deps: LeasesDeps): Leases {
  const { keys, run, confirmed, scripts, leaseMs, bookmarks, observer, onInvalidate } = deps
  /** Of one world. */
  const indexed = (entries: readonly Entry[]): string[] =>
    entries[0] ? [keys.index(entries[0].worldId), ...pairsOf(entries)] : []

  const fill: Leases['fill'] = async (token, fills, { raises, limitMs } = {}) => {
    const worldId = raises ?? fills[0]?.entry.worldId
    if (worldId === undefined) return []
    const version = raises === undefined ? [] : [keys.version(raises)]
    const store = raises === undefined ? run : confirmed
    const answers = await inCalls(fills, batch => {
      const names = [keys.index(worldId), ...pairsOf(batch.map(({ entry }) => entry)), ...version]
      return store(scripts.fill, names, {
        args: [token, ...batch.flatMap(({ value, ttl }) => [value, ttl])],
        limitMs,
      })
    })
    return answers.map(answer => answer === 1)
  }

  return {
    async take(entries, mode, { unlessTtlMs = '', limitMs } = {}) {
      const token = randomUUID()
      const args = [token, leaseMs, mode, unlessTtlMs]
      const { worldId } = entries[0] as Entry
      const answers = await inCalls(entries, batch =>
        run(scripts.lease, [...indexed(batch), keys.bookmarks(worldId)], { args, limitMs }),
      )
      const [ofWorld, ofEntries] = partition(answers, isOfWorld)
      const awaited = uniq(ofWorld.flatMap(([, ...texts]) => texts))
      bookmarks.seen(worldId, awaited)
      const parsed = ofEntries.map(parseAnswer)
      const counts = countBy(parsed, ({ state }) => state)
      for (const outcome of leaseOutcomes) if (counts[outcome]) observer.leased?.(outcome, counts[outcome])
      return { token, answers: parsed, bookmarks: awaited }
    },

    async amend(entries) {
      const token = randomUUID()
      const args = [token, leaseMs, 'amend']
      const answers = await inCalls(entries, batch => confirmed(scripts.lease, indexed(batch), { args }))
      return { token, values: (answers as [number, string?][]).map(([, value]) => value ?? null) }
    },

    async prepend(worldId, fronts, maxEvents) {
      const answers = await inCalls(fronts, batch => {
        const names = [...pairsOf(batch.map(({ entry }) => entry)), keys.version(worldId)]
        const args = batch.flatMap(({ oldest, count, events, ids }) => [
          oldest,
          count,
          events,
          ids.length,
          ...ids,
        ])
        return confirmed(scripts.prepend, names, { args: [maxEvents, ...args] })
      })
      return answers.map(answer => answer === 1)
    },

    fill,

    async giveBack(token, entries) {
      await fill(
        token,
        entries.map(entry => ({ entry, value: '', ttl: 'none' })),
      )
    },

    async extend(token, extensions) {
      const answers = await inCalls(extensions, batch => {
        const names = indexed(batch.map(({ entry }) => entry))
        return run(scripts.extend, names, { args: [token, ...batch.map(({ ttlMs }) => ttlMs)] })
      })
      return answers.map(answer => answer === 1)
    },

    // Not async: a change waits for each turn of the queue of promises that stands between it and Redis.
    invalidate(worldId, entries, { unlessVersion, limitMs } = {}) {
      onInvalidate(entries)
      const unsent = bookmarks.unsent(worldId)
      const names = [keys.version(worldId), keys.index(worldId)]
      for (const { key } of entries) names.push(key)
      for (const { lease } of entries) names.push(lease)
      if (unsent.length > 0) names.push(keys.bookmarks(worldId))
      const args = [unlessVersion ?? '', staleMark(), ...unsent]
      return confirmed(scripts.invalidate, names, { args, limitMs }).then(answer => {
        onInvalidate(entries)
        bookmarks.sent(worldId, unsent)
        const [version, existed] = answer as [number, number]
        if (existed < 0) return { outcome: 'already', version, existed: 0 }
        for (const { kind } of entries) observer.invalidated(kind.name, 1)
        return { outcome: 'invalidated', version, existed }
      })
    },
  }
}

/** As invalidate.lua marks what it removes. A time in whole microseconds and a half has no more digits than a double. */
const staleMark = (): string => `${Date.now()}000.5`

const pairsOf = (entries: readonly Entry[]) => entries.flatMap(({ key, lease }) => [key, lease])

/** The world's bookmarks, with which a batch may end. */
const isOfWorld = (answer: unknown): answer is [4, ...string[]] => (answer as [number])[0] === 4

function parseAnswer(answer: unknown): LeaseAnswer {
  const [state, text = '', bytes = 0, ttlMs = 0] = answer as [number, string?, number?, number?]
  if (state === 1) return { state: 'leased' }
  if (state === 0) return { state: 'held', holder: text }
  return { state: 'alive', text, bytes, ttlMs: ttlMs === -1 ? Number.POSITIVE_INFINITY : ttlMs }
}
