import { z } from 'zod'
import type { Minute } from '../fleet-counts.ts'

/** Servers that are looked at. */
export const historyServers = ['cache', 'queue', 'source'] as const
export type HistoryServer = (typeof historyServers)[number]

const count = z.number().nonnegative()
const away = z.object({ server: z.enum(historyServers), from: z.number(), until: z.number() })
const build = z.object({
  /** Of Hearth; '' for processes of a version that does not say it. */
  version: z.string(),
  /** A digest of what decides about cached values. */
  config: z.string(),
  /** When the first of its processes began. Milliseconds since 1970; null where none says it. */
  since: z.number().nullable(),
})

const sample = z.object({
  /** Over how many minutes. */
  minutes: count,
  /** What the fleet read, and what it loaded from the source. */
  hits: count,
  /** Of the hits, those in the memory of the process that read. */
  near: count,
  misses: count,
  loads: count,
  /** How long all loads took together. */
  loadMs: count,
  /** The smallest query of the source; of several minutes the slowest. Null: not known; likewise below. */
  sourceMs: count.nullable(),
  /** Recorded changes that wait to be relayed: the most, and the oldest. */
  outbox: z.object({ pending: count, oldestMs: count.nullable() }).nullable(),
  /** By queue, the most that waited and that had failed. */
  queues: z.record(z.string(), z.object({ waiting: count, failed: count })).nullable(),
  /** Entries of the active worlds that were counted, and how many they have when they are warm. */
  warm: z.object({ present: count, expected: count }).nullable(),
  /** Versions and configurations that were running. */
  builds: z.array(build).nullable(),
  /** Servers that did not answer, and when. */
  away: z.array(away),
})

/** What is remembered of the fleet over one step. */
export type Sample = z.output<typeof sample>
export type Away = z.output<typeof away>
export type Build = z.output<typeof build>
/** What is looked at once a minute, and cannot be made up for later. */
export type Gauges = Pick<Sample, 'outbox' | 'queues' | 'warm' | 'builds'>

/** What no process looked at. */
export const unseen: Gauges = { outbox: null, queues: null, warm: null, builds: null }

/** A minute for which only what the fleet counted is known. */
export const countedSample = ({ hits, near, misses, loads, loadMs }: Minute): Sample => ({
  minutes: 1,
  hits,
  near,
  misses,
  loads,
  loadMs,
  sourceMs: null,
  ...unseen,
  away: [],
})

/** What is longer loses its details, so that the history has a bound in bytes. */
export const maxSampleBytes = 2_000

export function textOfSample(one: Sample): string {
  const text = JSON.stringify(one)
  return text.length <= maxSampleBytes
    ? text
    : JSON.stringify({ ...one, queues: null, builds: null, away: [] })
}

/** Null for what another version has written in a way that is not understood. */
export function sampleOf(text: string): Sample | null {
  try {
    return sample.parse(JSON.parse(text))
  } catch {
    return null
  }
}
