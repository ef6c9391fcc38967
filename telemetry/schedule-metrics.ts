import type { Registry } from 'prom-client'
import { metricsIn } from './define.ts'

/** What a scheduler reports of the rounds that it ran. A round is reported by the one process that it ran in. */
export interface ScheduleMetrics {
  happened(event: { name: string; outcome: string; tookMs?: number }): void
}

export function createScheduleMetrics(
  registry: Registry,
  { names, outcomes }: { names: readonly string[]; outcomes: readonly string[] },
): ScheduleMetrics {
  const { counter, histogram } = metricsIn(registry)
  const rounds = counter(
    'lw_rounds_total',
    'Rounds that went well or failed; that were cut short by the stop of their process; that were skipped because the one before still ran; or were caught up, which are counted when they end too',
    'round',
    'outcome',
  )
  const seconds = histogram(
    'lw_round_seconds',
    'How long a round took',
    [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300],
    'round',
  )
  // There from the start, so that a rate is never missing its zero.
  for (const round of names) for (const outcome of outcomes) rounds.inc({ round, outcome }, 0)

  return {
    happened(event) {
      rounds.inc({ round: event.name, outcome: event.outcome })
      if (event.tookMs !== undefined) seconds.observe({ round: event.name }, event.tookMs / 1000)
    },
  }
}
