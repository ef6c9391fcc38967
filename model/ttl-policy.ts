import type { Kind } from './kind.ts'

/** How long entries live, in milliseconds. */
export interface TtlOptions {
  /** Of kinds, by name, in place of the `ttlMs` that they declare. */
  kindsMs?: Readonly<Record<string, number>>
  /** What the source does not have, remembered as null. Default 30,000. */
  nullMs?: number
  /**
   * How many absences one process has remembered at a time; beyond that each read of another one asks the source. Default
   * 10,000.
   */
  nullMax?: number
  /** Lives differ by up to this part of themselves, so that what was filled together does not expire together. Default 0.1. */
  jitter?: number
}

/** How long entries live. What is written through lives for ever. */
export type TtlPolicy = ReturnType<typeof createTtlPolicy>

export function createTtlPolicy({ kindsMs = {}, nullMs = 30_000, jitter = 0.1 }: TtlOptions = {}) {
  const usualMs = ({ name, ttlMs }: Kind) => kindsMs[name] ?? ttlMs ?? Number.POSITIVE_INFINITY
  const usual = (kind: Kind, exists: boolean) => (exists ? usualMs(kind) : nullMs)
  const longest = (ms: number) => Math.max(1, Math.ceil(ms * (1 + jitter)))
  return {
    /** Of a freshly filled entry, jittered: milliseconds, at least 1. */
    of(kind: Kind, exists: boolean): number | 'ever' {
      const jittered = usual(kind, exists) * (1 + jitter * (2 * Math.random() - 1))
      return jittered === Number.POSITIVE_INFINITY ? 'ever' : Math.max(1, Math.round(jittered))
    },
    /** Of a kind, before jitter: milliseconds, Infinity for ever. */
    usualMs,
    /** The longest that a fill gives: milliseconds, Infinity for ever. */
    longestMs: (kind: Kind, exists: boolean) => longest(usual(kind, exists)),
    /** The longest that an absence is remembered. */
    longestNullMs: longest(nullMs),
  }
}
