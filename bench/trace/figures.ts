import { quantile } from '../rounds.ts'
import type { Outcome, Replayed } from './replay.ts'

/** The figures of a replayed trace, from the read `from` on, unless stated otherwise. */
export interface Figures {
  /** 0 to 1. */
  hitRate: number
  /** Of the reads of the most read hundredth of the keys. */
  hitRateTop: number
  p50Ms: number
  p99Ms: number
  /** Of the reads of the most read hundredth of the keys. */
  p99TopMs: number
  /** Of the misses. */
  p50MissMs: number
  p99MissMs: number
  /** Reads that returned nothing. */
  failed: number
  /** Entities. */
  loadsPer1000: number
  /** The hit rate of each tenth of the whole trace: does the cache follow where it drifts? */
  tenths: number[]
}

/** @param keys how many keys there are; the top hundredth of them is the `keys / 100` of the lowest rank */
export function figuresOf(
  { outcomes, loads }: Replayed,
  { keys, from }: { keys: number; from: number },
): Figures {
  const measured = outcomes.slice(from)
  const top = measured.filter(({ rank }) => rank < Math.ceil(keys / 100))
  const ms = measured.map(read => read.ms)
  const msOfMisses = measured.filter(read => !read.hit && !read.failed).map(read => read.ms)
  const at = (tenth: number) => Math.floor((tenth * outcomes.length) / 10)
  return {
    hitRate: hitRate(measured),
    hitRateTop: hitRate(top),
    p50Ms: quantile(ms, 0.5),
    p99Ms: quantile(ms, 0.99),
    p99TopMs: quantile(
      top.map(read => read.ms),
      0.99,
    ),
    p50MissMs: quantile(msOfMisses, 0.5),
    p99MissMs: quantile(msOfMisses, 0.99),
    failed: measured.filter(read => read.failed).length,
    loadsPer1000: (loads / measured.length) * 1_000,
    tenths: Array.from({ length: 10 }, (_, tenth) => hitRate(outcomes.slice(at(tenth), at(tenth + 1)))),
  }
}

const hitRate = (reads: readonly Outcome[]): number => reads.filter(({ hit }) => hit).length / reads.length
