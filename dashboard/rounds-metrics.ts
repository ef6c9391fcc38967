import { Counter, Histogram, type Registry } from 'prom-client'
import { type RoundEvent, roundNames, roundOutcomes } from '../queues/rounds/round.ts'

/** What a scheduler tells about the rounds that it ran. A round is told by the one process that it fired in. */
export function createRoundsMetrics(registry: Registry): { happened(event: RoundEvent): void } {
  const rounds = new Counter({
    name: 'lw_rounds_total',
    help: 'Rounds that went well or failed; that were cut short by the stop of their process; that were skipped because the one before still ran; or were caught up, which are counted when they end too',
    labelNames: ['round', 'outcome'],
    registers: [registry],
  })
  const seconds = new Histogram({
    name: 'lw_round_seconds',
    help: 'How long a round took',
    labelNames: ['round'],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300],
    registers: [registry],
  })
  // There from the start, so that a rate is never missing its zero.
  for (const round of roundNames) for (const outcome of roundOutcomes) rounds.inc({ round, outcome }, 0)

  return {
    happened(event) {
      rounds.inc({ round: event.name, outcome: event.outcome })
      if ('tookMs' in event) seconds.observe({ round: event.name }, event.tookMs / 1000)
    },
  }
}
