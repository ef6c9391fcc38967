import { randomUUID } from 'node:crypto'
import { chunk, countBy } from 'es-toolkit'
import { HearthError } from '../model/errors.ts'
import type { Breaker } from '../resilience/breaker.ts'
import type { Script } from '../resilience/lua-script.ts'
import { within } from '../resilience/within.ts'
import type { Entry, Keys } from './keys.ts'
import { type CacheObserver, leaseOutcomes, noObserver } from './observer.ts'
import { type CacheRedis, runScript, type Scripts, scripts as shippedScripts } from './scripts.ts'

/**
 * The lease protocol: only the holder of an entry's lease may fill it, and every change kills the lease, so a value
 * that was read before a change is never stored after it. After Nishtala et al., "Scaling Memcache at Facebook"
 * (NSDI 2013), section 3.2.1.
 */
export interface Leases {
  /** Takes the leases of `entries`, all with one token. Take them before the load begins. */
  take(
    entries: readonly Entry[],
    mode: LeaseMode,
    options?: TakeOptions,
  ): Promise<{ token: string; answers: LeaseAnswer[] }>
  /**
   * Takes the leases of living entries from whoever holds them, with their values, to add to these; null where there is
   * no entry: then nobody holds its lease any more.
   */
  amend(entries: readonly Entry[]): Promise<{ token: string; values: (string | null)[] }>
  /**
   * Puts events at the front of living timelines of one world, where they belong there; true for each that has them now,
   * or that is not there: no load begun before can be stored then. False: it takes a lease to amend this one.
   */
  prepend(worldId: string, fronts: readonly Front[], mostEvents: number): Promise<boolean[]>
  /**
   * Stores values whose leases still stand under `token`; true for each that was stored. With `raises` also raises that
   * world's version, whether anything was stored or not.
   */
  fill(token: string, fills: readonly EntryFill[], options?: FillOptions): Promise<boolean[]>
  /** Gives leases back unused, so that nobody waits for them to expire. */
  giveBack(token: string, entries: readonly Entry[]): Promise<void>
  /**
   * Removes entries and leases and raises the world's version, in one step. With `unlessVersion` only where the world
   * has not come that far.
   */
  invalidate(
    worldId: string,
    entries: readonly Entry[],
    options?: AnswerLimit & { unlessVersion?: number | null },
  ): Promise<Invalidated>
}

/** Within what time Redis has to answer. Default: what its connection allows. Milliseconds. */
export interface AnswerLimit {
  limitMs?: number | undefined
}

export interface FillOptions extends AnswerLimit {
  raises?: string
}

export interface TakeOptions extends AnswerLimit {
  /** In mode `renew`: what has as long to live is reported as alive. Milliseconds. */
  unlessTtlMs?: number | undefined
}

export interface Invalidated {
  outcome: 'invalidated' | 'already'
  /** The world's version afterwards. */
  version: number
  /** How many of the entries were there. */
  existed: number
}

/**
 * `read`: a living entry comes with its value. `warm`: it is only reported. `renew`: its lease is taken beside it.
 * `seize`: its lease is taken from whoever holds it, and the entry is gone.
 */
export type LeaseMode = 'read' | 'warm' | 'renew' | 'seize'

export type LeaseAnswer =
  | { state: 'leased' }
  /** Somebody else loads it, under this token. */
  | { state: 'held'; holder: string }
  /** It is there: its JSON text in mode `read`, else empty. `bytes`: how long that is. `leftMs`: in mode `renew`. */
  | { state: 'alive'; value: string; bytes: number; ttlMs: number }

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
  /** For each of them, and for what must not be there, text that stands in the entry where it is there already. */
  readonly marks: readonly string[]
}

/** Few enough that one script call keeps Redis busy for a millisecond or two, even with values of many kB. */
const entriesPerCall = 128

interface LeasesDeps {
  redis: CacheRedis
  keys: Keys
  /** How long a load may take before another may start one. Milliseconds. */
  leaseMs: number
  observer?: CacheObserver
  scripts?: Scripts
  /** While it is open Redis is not asked: `CacheUnavailable` at once. */
  breaker?: Pick<Breaker, 'closed' | 'suspect'>
  /** Hears of entries before they are invalidated. */
  onInvalidate?(entries: readonly Entry[]): void
}

export function createLeases({
  redis,
  keys,
  leaseMs,
  observer = noObserver,
  scripts = shippedScripts,
  breaker = { closed: true, suspect: () => {} },
  onInvalidate = () => {},
}: LeasesDeps): Leases {
  async function run(script: Script, names: string[], args: (string | number)[], limitMs?: number) {
    if (!breaker.closed) throw new HearthError('CacheUnavailable', "the cache's Redis is away")
    try {
      const answer = runScript(redis, script, names, args)
      return await (limitMs === undefined ? answer : within(limitMs, answer, () => lateAnswer(limitMs)))
    } catch (error) {
      breaker.suspect()
      throw error
    }
  }

  const fillArgs = (token: string, fills: readonly EntryFill[]) => [
    token,
    ...fills.flatMap(({ value, ttl }) => [value, ttl]),
  ]

  const fill: Leases['fill'] = async (token, fills, { raises, limitMs } = {}) => {
    const version = raises === undefined ? [] : [keys.version(raises)]
    const answers = await inCalls(fills, async some => {
      const all = [...pairs(some.map(({ entry }) => entry)), ...version]
      return run(scripts.fill, all, fillArgs(token, some), limitMs)
    })
    return answers.map(answer => answer === 1)
  }

  return {
    async take(entries, mode, { unlessTtlMs, limitMs } = {}) {
      const token = randomUUID()
      const answers = await inCalls(entries, some =>
        run(scripts.lease, pairs(some), [token, leaseMs, mode, unlessTtlMs ?? ''], limitMs),
      )
      const parsed = answers.map(parseAnswer)
      for (const outcome of leaseOutcomes) {
        const count = parsed.reduce((sum, { state }) => sum + (state === outcome ? 1 : 0), 0)
        if (count > 0) observer.leased?.(outcome, count)
      }
      return { token, answers: parsed }
    },

    async amend(entries) {
      const token = randomUUID()
      const answers = await inCalls(entries, some =>
        run(scripts.lease, pairs(some), [token, leaseMs, 'amend']),
      )
      return { token, values: (answers as [number, string?][]).map(([, value]) => value ?? null) }
    },

    async prepend(worldId, fronts, mostEvents) {
      const version = keys.version(worldId)
      const answers = await inCalls(fronts, some => {
        const args = some.flatMap(({ oldest, events, count, marks }) => [
          oldest,
          count,
          events,
          marks.length,
          ...marks,
        ])
        const all = [...pairs(some.map(({ entry }) => entry)), version]
        return run(scripts.prepend, all, [mostEvents, ...args])
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

    async invalidate(worldId, entries, { unlessVersion, limitMs } = {}) {
      onInvalidate(entries)
      const all = [
        keys.version(worldId),
        ...entries.map(({ key }) => key),
        ...entries.map(({ lease }) => lease),
      ]
      const answer = await run(scripts.invalidate, all, [unlessVersion ?? ''], limitMs)
      const [version, existed] = answer as [number, number]
      if (existed < 0) return { outcome: 'already', version, existed: 0 }
      const byKind = countBy(entries, ({ kind }) => kind.name)
      for (const [kind, count] of Object.entries(byKind)) observer.invalidated(kind, count)
      return { outcome: 'invalidated', version, existed }
    },
  }
}

const lateAnswer = (limitMs: number) =>
  new HearthError('CacheUnavailable', `the cache's Redis did not answer within ${limitMs} ms`)

const pairs = (entries: readonly Entry[]) => entries.flatMap(({ key, lease }) => [key, lease])

async function inCalls<T>(
  items: readonly T[],
  call: (some: readonly T[]) => Promise<unknown>,
): Promise<unknown[]> {
  if (items.length <= entriesPerCall) return (await call(items)) as unknown[]
  return (await Promise.all(chunk(items, entriesPerCall).map(call))).flat(1)
}

function parseAnswer(answer: unknown): LeaseAnswer {
  const [state, text = '', bytes = 0, left = 0] = answer as [number, string?, number?, number?]
  if (state === 1) return { state: 'leased' }
  if (state === 0) return { state: 'held', holder: text }
  return { state: 'alive', value: text, bytes, ttlMs: left === -1 ? Number.POSITIVE_INFINITY : left }
}
