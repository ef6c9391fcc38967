import { randomUUID } from 'node:crypto'
import { type Entry, type Keys, kinds } from './keys.ts'
import { type CacheObserver, noObserver } from './observer.ts'
import { type CacheRedis, runScript, type Scripts, scripts as shippedScripts } from './scripts.ts'

/**
 * The lease protocol: only the holder of an entry's lease may fill it, and every change kills the lease, so a value
 * that was read before a change is never stored after it. After Nishtala et al., "Scaling Memcache at Facebook"
 * (NSDI 2013), section 3.2.1.
 */
export interface Leases {
  /** Takes the leases of `entries`, all with one token. Take them before the load begins. */
  take(entries: readonly Entry[], mode: LeaseMode): Promise<{ token: string; answers: LeaseAnswer[] }>
  /** Stores values whose leases still stand under `token`; true for each that was stored. */
  fill(token: string, fills: readonly Fill[]): Promise<boolean[]>
  /** Gives leases back unused, so that nobody waits for them to expire. */
  giveBack(token: string, entries: readonly Entry[]): Promise<void>
  /**
   * Removes entries and leases and raises the world's version, in one step. With `unlessVersion` only where the world
   * has not come that far.
   */
  invalidate(
    worldId: string,
    entries: readonly Entry[],
    options?: { unlessVersion?: number | null },
  ): Promise<Invalidated>
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
  /** It is there: its JSON text in mode `read`, else empty. */
  | { state: 'alive'; value: string }

export interface Fill {
  readonly entry: Entry
  /** JSON text. */
  readonly value: string
  /** Milliseconds; 0 means for ever. */
  readonly lifeMs: number
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
}

export function createLeases({
  redis,
  keys,
  leaseMs,
  observer = noObserver,
  scripts = shippedScripts,
}: LeasesDeps): Leases {
  const fillArgs = (token: string, fills: readonly Fill[]) => [
    token,
    ...fills.flatMap(({ value, lifeMs }) => [value, lifeMs]),
  ]

  const fill = async (token: string, fills: readonly Fill[]) => {
    const answers = await inCalls(fills, async some =>
      runScript(redis, scripts.fill, pairs(some.map(({ entry }) => entry)), fillArgs(token, some)),
    )
    return answers.map(answer => answer === 1)
  }

  return {
    async take(entries, mode) {
      const token = randomUUID()
      const answers = await inCalls(entries, some =>
        runScript(redis, scripts.lease, pairs(some), [token, leaseMs, mode]),
      )
      return { token, answers: answers.map(parseAnswer) }
    },

    fill,

    async giveBack(token, entries) {
      await fill(
        token,
        entries.map(entry => ({ entry, value: '', lifeMs: -1 })),
      )
    },

    async invalidate(worldId, entries, { unlessVersion } = {}) {
      const all = [
        keys.version(worldId),
        ...entries.map(({ key }) => key),
        ...entries.map(({ lease }) => lease),
      ]
      const answer = await runScript(redis, scripts.invalidate, all, [unlessVersion ?? ''])
      const [version, existed] = answer as [number, number]
      if (existed < 0) return { outcome: 'already', version, existed: 0 }
      for (const kind of kinds) {
        const count = entries.reduce((sum, entry) => sum + (entry.kind === kind ? 1 : 0), 0)
        if (count > 0) observer.invalidated(kind, count)
      }
      return { outcome: 'invalidated', version, existed }
    },
  }
}

const pairs = (entries: readonly Entry[]) => entries.flatMap(({ key, lease }) => [key, lease])

async function inCalls<T>(
  items: readonly T[],
  call: (some: readonly T[]) => Promise<unknown>,
): Promise<unknown[]> {
  if (items.length <= entriesPerCall) return (await call(items)) as unknown[]
  const calls: Promise<unknown>[] = []
  for (let from = 0; from < items.length; from += entriesPerCall) {
    calls.push(call(items.slice(from, from + entriesPerCall)))
  }
  return (await Promise.all(calls)).flat(1)
}

function parseAnswer(answer: unknown): LeaseAnswer {
  const [state, text = ''] = answer as [number, string?]
  if (state === 1) return { state: 'leased' }
  return state === 0 ? { state: 'held', holder: text } : { state: 'alive', value: text }
}
