import { range as numbers, sortBy } from 'es-toolkit'
import type { Action } from '../../queues/actions.ts'
import type { Minute } from '../../queues/fleet-counts.ts'
import { type HistoryRange, historyRanges, type Step } from '../../queues/history/history.ts'
import { type Mark, marksOf } from '../../queues/history/marks.ts'
import { countedSample } from '../../queues/history/sample.ts'

type Values = (number | null)[]

/** The history as charts draw it: each list has a value for each time, and null where nothing is known. */
export interface HistoryView {
  range: HistoryRange
  stepMs: number
  /** When each step began. Milliseconds since 1970. */
  times: number[]
  /** Of the reads, those that found something in memory or in Redis, and in memory. Percent. */
  hitRate: Values
  nearRate: Values
  readsPerSecond: Values
  loadsPerSecond: Values
  /** How long a load took, in the mean, and the slowest smallest query. */
  loadMs: Values
  sourceMs: Values
  outboxPending: Values
  outboxOldestMs: Values
  /** Percent. */
  warm: Values
  /** By name, the most of a step. */
  queues: { name: string; waiting: Values; failed: Values }[]
  marks: Mark[]
}

/** Adds minutes that were counted and not recorded: the last ones, and those without a scheduler. */
export function withCounted(steps: readonly Step[], minutes: readonly Minute[]): Step[] {
  const known = new Set(steps.map(({ at }) => at))
  const counted = minutes
    .filter(({ hits, misses, loads }) => hits + misses + loads > 0)
    .map(one => ({ at: one.minute * 60_000, ...countedSample(one) }))
  return sortBy([...steps, ...counted.filter(({ at }) => !known.has(at))], ['at'])
}

/** Every step of the range has its time, so that one that no process recorded is a gap. */
export function historyView(
  range: HistoryRange,
  { steps, actions }: { steps: readonly Step[]; actions: readonly Action[] },
  now: number,
): HistoryView {
  const { ring, steps: shown } = historyRanges[range]
  const stepMs = ring.minutes * 60_000
  const last = Math.floor(now / stepMs) - (ring.minutes === 1 ? 1 : 0) // the minute that runs would look like a fall
  const times = numbers(last - shown + 1, last + 1).map(step => step * stepMs)
  const found = new Map(steps.map(step => [step.at, step]))
  const all = times.map(at => found.get(at))
  const values = (of: (step: Step) => number | null): Values => all.map(step => (step ? of(step) : null))
  const names = [...new Set(steps.flatMap(({ queues }) => Object.keys(queues ?? {})))].sort()
  const first = times[0] ?? now
  return {
    range,
    stepMs,
    times,
    hitRate: values(step => percent(step.hits, readsOf(step))),
    nearRate: values(step => percent(step.near, readsOf(step))),
    readsPerSecond: values(step => perSecond(readsOf(step), step)),
    loadsPerSecond: values(step => perSecond(step.loads, step)),
    loadMs: values(({ loads, loadMs }) => (loads === 0 ? null : round(loadMs / loads))),
    sourceMs: values(({ sourceMs }) => sourceMs),
    outboxPending: values(({ outbox }) => outbox?.pending ?? null),
    outboxOldestMs: values(({ outbox }) => (outbox ? (outbox.oldestMs ?? 0) : null)),
    warm: values(({ warm }) => (warm ? percent(warm.present, warm.expected) : null)),
    queues: names.map(name => ({
      name,
      waiting: values(({ queues }) => queues?.[name]?.waiting ?? null),
      failed: values(({ queues }) => queues?.[name]?.failed ?? null),
    })),
    marks: marksOf(
      steps.filter(({ at }) => at >= first),
      actions.filter(({ at }) => at >= first),
    ),
  }
}

const readsOf = ({ hits, misses }: Step) => hits + misses
const perSecond = (events: number, { minutes }: Step) => round(events / (minutes * 60))
const percent = (part: number, of: number) => (of === 0 ? null : round((100 * part) / of))
const round = (value: number) => Math.round(value * 100) / 100
